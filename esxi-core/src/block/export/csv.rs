//! Comma-separated values by RFC 4180, with line feeds as everywhere here.

use super::view::View;

/// A table under construction.
pub(super) struct Table {
    out: String,
    columns: usize,
}

impl Table {
    pub(super) fn new(columns: &[&str]) -> Self {
        Table { out: columns.join(",") + "\n", columns: columns.len() }
    }

    pub(super) fn row<const N: usize>(&mut self, cells: [&str; N]) {
        debug_assert_eq!(N, self.columns);
        for (index, cell) in cells.into_iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.cell(cell);
        }
        self.out.push('\n');
    }

    /// Spreadsheets take some texts for formulas: those get an apostrophe, which makes them texts.
    fn cell(&mut self, cell: &str) {
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
        let quoted = formula || cell.contains([',', '"', '\n', '\r']) || cell.trim() != cell;
        if !quoted {
            return self.out.push_str(cell);
        }
        self.out.push('"');
        if formula {
            self.out.push('\'');
        }
        self.out.push_str(&cell.replace('"', "\"\""));
        self.out.push('"');
    }

    pub(super) fn finish(self) -> String {
        self.out
    }
}

/// One row for each range. The netmask of IPv6 blocks is left out: nobody types it.
pub(super) fn write(view: &View<'_>) -> String {
    let mut table =
        Table::new(&["block", "first", "last", "count", "prefix", "netmask", "gateway", "role", "name"]);
    for block in &view.blocks {
        let gateway = block.gateway.map(|gateway| gateway.to_string()).unwrap_or_default();
        let netmask = match block.block.netmask() {
            std::net::IpAddr::V4(netmask) => netmask.to_string(),
            std::net::IpAddr::V6(_) => String::new(),
        };
        for range in block.ranges {
            table.row([
                &block.block.to_string(),
                &range.first.to_string(),
                &range.last.to_string(),
                &range.count.to_string(),
                &block.block.prefix().to_string(),
                &netmask,
                &gateway,
                range.role.as_str(),
                range.name.as_deref().unwrap_or_default(),
            ]);
        }
    }
    table.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be_and_never_formulas() {
        let mut table = Table::new(&["a", "b", "c"]);
        table.row(["plain", "a,b", "say \"no\""]);
        table.row(["two\nlines", "=1+1", "@SUM(A1)"]);
        table.row(["-1", " padded", ""]);
        assert_eq!(
            table.finish(),
            "a,b,c\nplain,\"a,b\",\"say \"\"no\"\"\"\n\"two\nlines\",\"'=1+1\",\"'@SUM(A1)\"\n\"'-1\",\" padded\",\n"
        );
    }
}
