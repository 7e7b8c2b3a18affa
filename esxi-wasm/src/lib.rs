//! The ESXi toolkit's address planner for browsers and Node.
//!
//! ```js
//! import init, { exportPlan, guestConfig, planBlock } from "./esxi_wasm.js";
//! await init();
//! const plan = planBlock("147.75.1.8/29", { layout: "router-vm" });
//! console.table(plan.addresses);          // [{ address, role, name? }]
//! const spec = { provider: "packet", blocks: [{ block: "147.75.1.8/29", assign: [{ name: "web" }] }] };
//! guestConfig(spec, "web", "netplan");    // text to paste into the virtual machine
//! exportPlan(spec, "hosts", { domain: "example.org" });
//! ```
//!
//! What goes in and comes out is plain JavaScript data, described in `src/types.d.ts`.
//! Everything is computed where it runs; nothing is sent anywhere.
//!
//! `esxi-wasm/build` makes the package; `www` holds a page that uses it.

mod call;

use esxi_core::diag::Diagnostic;
use js_sys::{Error, JSON, Reflect};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.d.ts");

#[wasm_bindgen]
extern "C" {
    /// `PlanOptions` of `types.d.ts`.
    #[wasm_bindgen(typescript_type = "PlanOptions")]
    pub type PlanOptions;
    /// `KnownProfiles` of `types.d.ts`.
    #[wasm_bindgen(typescript_type = "KnownProfiles")]
    pub type KnownProfiles;
    /// `GuestOptions` of `types.d.ts`.
    #[wasm_bindgen(typescript_type = "GuestOptions")]
    pub type GuestOptions;
    /// `RouterOptions` of `types.d.ts`.
    #[wasm_bindgen(typescript_type = "RouterOptions")]
    pub type RouterOptions;
    /// `ExportOptions` of `types.d.ts`.
    #[wasm_bindgen(typescript_type = "ExportOptions")]
    pub type ExportOptions;
    /// `ExportFormat` of `types.d.ts`.
    #[wasm_bindgen(typescript_type = "ExportFormat")]
    pub type ExportFormat;
    /// `Formats` of `types.d.ts`.
    #[wasm_bindgen(typescript_type = "Formats")]
    pub type Formats;
    /// `AddressSpec` of `types.d.ts`.
    #[wasm_bindgen(typescript_type = "AddressSpec")]
    pub type AddressSpec;
    /// `BlockPlan` of `types.d.ts`.
    #[wasm_bindgen(typescript_type = "BlockPlan")]
    pub type BlockPlan;
    /// `AddressPlan` of `types.d.ts`.
    #[wasm_bindgen(typescript_type = "AddressPlan")]
    pub type AddressPlan;
    /// `Provider[]` of `types.d.ts`.
    #[wasm_bindgen(typescript_type = "Provider[]")]
    pub type Providers;
    /// `GuestFormat` of `types.d.ts`.
    #[wasm_bindgen(typescript_type = "GuestFormat")]
    pub type GuestFormat;
    /// `RouterFormat` of `types.d.ts`.
    #[wasm_bindgen(typescript_type = "RouterFormat")]
    pub type RouterFormat;
}

/// An object as JSON text.
fn text(value: &JsValue) -> Result<String, JsValue> {
    JSON::stringify(value)?.as_string().ok_or_else(|| js_sys::TypeError::new("an object is wanted").into())
}

fn optional(value: Option<impl AsRef<JsValue>>) -> Result<Option<String>, JsValue> {
    value.map(|value| text(value.as_ref())).transpose()
}

/// JSON text as plain data.
fn data<T: JsCast>(text: Result<String, call::Refused>) -> Result<T, JsValue> {
    Ok(JSON::parse(&text.map_err(thrown)?)?.unchecked_into())
}

fn thrown(refused: call::Refused) -> JsValue {
    match refused {
        call::Refused::Options(why) => js_sys::TypeError::new(&why).into(),
        call::Refused::Plan(found) => esxi_error(&found),
    }
}

/// Lays out an address block by its provider's rules.
///
/// # Errors
/// An `EsxiError` whose `code`, `help` and `diagnostics` say what is wrong and what would be right.
#[wasm_bindgen(js_name = planBlock)]
pub fn plan_block(block: &str, options: Option<PlanOptions>) -> Result<BlockPlan, JsValue> {
    data(call::plan_block(block, optional(options)?.as_deref()))
}

/// Lays out all address blocks of a host by its provider's rules. One block: the document of that block. Several: the
/// same under `blocks`.
///
/// # Errors
/// As `planBlock`.
#[wasm_bindgen(js_name = planAddresses)]
pub fn plan_addresses(spec: &AddressSpec, options: Option<KnownProfiles>) -> Result<AddressPlan, JsValue> {
    data(call::plan_addresses(&text(spec)?, optional(options)?.as_deref()))
}

/// The same spec with everything stated that was chosen, every name at its address: planned again it gives the same,
/// whatever is added.
///
/// # Errors
/// As `planBlock`.
#[wasm_bindgen]
pub fn pinned(spec: &AddressSpec, options: Option<KnownProfiles>) -> Result<AddressSpec, JsValue> {
    data(call::pinned(&text(spec)?, optional(options)?.as_deref()))
}

/// Network configuration for a virtual machine of the plan, as text to paste.
///
/// # Errors
/// As `planBlock`; and no virtual machine has the name, there is no such format, or no such card in it.
#[wasm_bindgen(js_name = guestConfig)]
pub fn guest_config(
    spec: &AddressSpec,
    name: &str,
    format: &GuestFormat,
    options: Option<GuestOptions>,
) -> Result<String, JsValue> {
    let format = format.as_string().unwrap_or_default();
    call::guest_config(&text(spec)?, name, &format, optional(options)?.as_deref()).map_err(thrown)
}

/// Configuration for the router virtual machine of the plan, as text to paste.
///
/// # Errors
/// As `planBlock`; and the plan has no router, there is no such format, or no such cards in it.
#[wasm_bindgen(js_name = routerConfig)]
pub fn router_config(
    spec: &AddressSpec,
    format: &RouterFormat,
    options: Option<RouterOptions>,
) -> Result<String, JsValue> {
    let format = format.as_string().unwrap_or_default();
    call::router_config(&text(spec)?, &format, optional(options)?.as_deref()).map_err(thrown)
}

/// The plan in the language of another tool.
///
/// # Errors
/// As `planBlock`; and there is no such format, or a name is none.
#[wasm_bindgen(js_name = exportPlan)]
pub fn export_plan(
    spec: &AddressSpec,
    format: &ExportFormat,
    options: Option<ExportOptions>,
) -> Result<String, JsValue> {
    let format = format.as_string().unwrap_or_default();
    call::export_plan(&text(spec)?, &format, optional(options)?.as_deref()).map_err(thrown)
}

/// All formats by name, in words for people.
///
/// # Errors
/// None in practice: the lists are constant.
#[wasm_bindgen]
pub fn formats() -> Result<Formats, JsValue> {
    data(call::formats())
}

/// The providers whose rules are known, with their layouts, prices and sources.
///
/// # Errors
/// An `EsxiError` where a text of `options.profiles` is no profile.
#[wasm_bindgen]
pub fn providers(options: Option<KnownProfiles>) -> Result<Providers, JsValue> {
    data(call::providers(optional(options)?.as_deref()))
}

/// What a code such as `IP002` means and what to do about it; `undefined` for no code.
#[wasm_bindgen]
pub fn explain(code: &str) -> Option<String> {
    esxi_core::diag::codes::find(code).map(|row| call::paragraph(row.text))
}

/// An `Error` named after the code's class, with the findings as properties.
fn esxi_error(found: &[Diagnostic]) -> JsValue {
    let error = Error::new(&call::message(found));
    if let Some(first) = found.iter().find(|d| d.is_error()).or(found.first()) {
        error.set_name(first.code.info().python);
        set(&error, "code", &first.code.as_str().into());
        set(&error, "help", &first.help.as_deref().map_or(JsValue::UNDEFINED, JsValue::from));
    }
    let list = serde_json::to_string(found).ok().and_then(|text| JSON::parse(&text).ok());
    set(&error, "diagnostics", &list.unwrap_or(JsValue::UNDEFINED));
    error.into()
}

/// Setting a property of an object made here fails only if it were frozen, which it is not.
fn set(object: &Error, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}
