//! Dates of the Gregorian calendar, in UTC: the only zone that a host knows.

/// Year, month and day of a number of days since 1970, which may be negative.
///
/// ```
/// use esxi_core::model::calendar::{date, days};
/// assert_eq!(date(19_782), (2024, 2, 29));
/// assert_eq!(days(2024, 2, 29), 19_782);
/// ```
pub fn date(days: i64) -> (i64, i64, i64) {
    // Years counted from March, so that the leap day is the last of its year.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Days since 1970 of a date; the inverse of [`date`]. A day beyond its month counts on into the next.
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// `2025-12-12T16:39:45`, to which the caller adds a fraction and the zone.
pub fn moment(seconds: u64) -> String {
    let (year, month, day) = date((seconds / 86_400).cast_signed());
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(-1), (1969, 12, 31));
        assert_eq!(date(19_782), (2024, 2, 29));
        assert_eq!(date(20_513), (2026, 3, 1));
    }

    #[test]
    fn days_are_the_way_back() {
        for day in [-1, 0, 58, 59, 60, 11_016, 19_782, 20_513, 47_540, 365_000] {
            let (year, month, of_month) = date(day);
            assert_eq!(days(year, month, of_month), day);
        }
    }
}
