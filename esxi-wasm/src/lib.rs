//! The ESXi toolkit's address planner for browsers and Node.
//!
//! ```js
//! import init, { planBlock } from "./esxi_wasm.js";
//! await init();
//! const plan = planBlock("147.75.1.8/29", { layout: "router-vm" });
//! console.table(plan.addresses);          // [{ address, role, name? }]
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
    /// `BlockPlan` of `types.d.ts`.
    #[wasm_bindgen(typescript_type = "BlockPlan")]
    pub type BlockPlan;
    /// `Provider[]` of `types.d.ts`.
    #[wasm_bindgen(typescript_type = "Provider[]")]
    pub type Providers;
}

/// Lays out an address block by its provider's rules.
///
/// # Errors
/// An `EsxiError` whose `code`, `help` and `diagnostics` say what is wrong and what would be right.
#[wasm_bindgen(js_name = planBlock)]
pub fn plan_block(block: &str, options: Option<PlanOptions>) -> Result<BlockPlan, JsValue> {
    let options = match options {
        Some(options) => Some(String::from(JSON::stringify(&options)?)),
        None => None,
    };
    let plan = call::plan_block(block, options.as_deref()).map_err(|e| match e {
        call::Refused::Options(why) => js_sys::TypeError::new(&why).into(),
        call::Refused::Plan(found) => esxi_error(&found),
    })?;
    Ok(JSON::parse(&plan)?.unchecked_into())
}

/// The providers whose rules are known, with their layouts, prices and sources.
///
/// # Errors
/// None in practice: the list is constant.
#[wasm_bindgen]
pub fn providers() -> Result<Providers, JsValue> {
    Ok(JSON::parse(&call::providers())?.unchecked_into())
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
