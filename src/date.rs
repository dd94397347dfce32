//! A day of the calendar, as far as expiry and age need one.

use time::{Month, OffsetDateTime};

/// A day, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(time::Date);

impl Date {
    /// Today.
    pub fn today() -> Self {
        Self(OffsetDateTime::now_utc().date())
    }

    /// Reads `YYYY-MM-DD`; `None` for what is no day.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
        if parts.next().is_some() || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
            return None;
        }
        let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
        time::Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok().map(Self)
    }
}

impl Date {
    /// A day by its numbers; `None` for what is no day.
    pub fn of(year: u16, month: u8, day: u8) -> Option<Self> {
        time::Date::from_calendar_date(i32::from(year), Month::try_from(month).ok()?, day).ok().map(Self)
    }

    /// The same day of the month so many months earlier, or the last one of a month that has no such day.
    #[must_use]
    pub fn months_before(self, months: u16) -> Self {
        let count = i32::from(u8::from(self.0.month())).saturating_sub(1).saturating_sub(i32::from(months));
        let year = self.0.year().saturating_add(count.div_euclid(12));
        let month = u8::try_from(count.rem_euclid(12).saturating_add(1)).unwrap_or(1);
        let month = Month::try_from(month).unwrap_or(Month::January);
        let day = self.0.day().min(month.length(year));
        time::Date::from_calendar_date(year, month, day).map_or(self, Self)
    }

    /// Years since the beginning of the calendar.
    pub fn year(self) -> i32 {
        self.0.year()
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::Date;

    #[test]
    fn days_are_counted_and_read() {
        for (days, text) in [(0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_818, "2026-12-31")] {
            let date = Date(time::OffsetDateTime::UNIX_EPOCH.date() + time::Duration::days(days));
            assert_eq!(date.to_string(), text);
            assert_eq!(Date::parse(text), Some(date));
        }
        let day = |text: &str| Date::parse(text).unwrap();
        for (from, months, to) in
            [("2026-08-31", 6, "2026-02-28"), ("2026-03-15", 6, "2025-09-15"), ("2024-08-31", 6, "2024-02-29")]
        {
            assert_eq!(day(from).months_before(months), day(to));
        }
        assert_eq!(Date::of(2026, 2, 30), None);
        for bad in ["2026-02-29", "2026-13-01", "26-01-01", "2026-1-1", "2026-01-01T", "2026-01-00", "+026-01-01"] {
            assert_eq!(Date::parse(bad), None, "{bad}");
        }
    }
}
