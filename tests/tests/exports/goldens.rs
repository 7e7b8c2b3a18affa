//! Every case in every format but the plan's own two. `ESXI_BLESS=1` writes them anew.

use crate::{cases, file_name, options};
use esxi_core::block::ExportFormat;

#[test]
fn every_case_is_written_as_it_stands_in_its_folder() {
    let mut failures = Vec::new();
    for (case, plan) in cases() {
        for format in ExportFormat::ALL {
            if matches!(format, ExportFormat::Table | ExportFormat::Json) {
                continue;
            }
            let (path, now) = (case.join(file_name(format)), plan.export(format, &options()));
            if std::env::var_os("ESXI_BLESS").is_some() {
                std::fs::write(&path, &now).unwrap();
            }
            if std::fs::read_to_string(&path).unwrap_or_default() != now {
                failures.push(format!("{} differs; now:\n{now}", path.display()));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
