//! The JSON Schema of the host file, for editors and for the front ends' own types.

use super::HostSpec;

/// JSON Schema (draft 2020-12) of [`HostSpec`], descriptions included.
///
/// ```
/// let schema = esxi_core::spec::json_schema();
/// assert_eq!(schema["title"], "HostSpec");
/// assert_eq!(schema["additionalProperties"], false);
/// ```
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(HostSpec).to_value()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_field_is_described() {
        let schema = super::json_schema();
        let mut fields = 0;
        let mut bare = Vec::new();
        let types = schema["$defs"].as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value));
        for (name, value) in types.chain([("HostSpec", &schema)]) {
            for (field, value) in value["properties"].as_object().into_iter().flatten() {
                fields += 1;
                if value["description"].as_str().is_none_or(str::is_empty) {
                    bare.push(format!("{name}.{field}"));
                }
            }
        }
        assert!(fields > 50, "{fields}");
        assert!(bare.is_empty(), "{bare:?}");
    }
}
