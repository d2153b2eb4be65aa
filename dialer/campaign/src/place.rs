//! Where a person is, as far as the clock is concerned.
//!
//! The list's own column knows best. Without it, a number tells the region, and a region with one
//! clock tells the zone. Elsewhere (the United States, Brazil, Spain with its islands …) the number
//! does not say enough, and the campaign's own zone is used; the check before the start counts those.

use chrono_tz::{Africa, America, Asia, Atlantic, Europe, Tz};
use warmline_domain::Region;

/// A zone and how it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// From the contact's own column.
    Listed(Tz),
    /// From the number's region, which has one clock.
    Region(Tz),
    /// Not known: the campaign's zone.
    Assumed(Tz),
}

impl Place {
    /// The zone to go by.
    pub fn zone(self) -> Tz {
        match self {
            Self::Listed(zone) | Self::Region(zone) | Self::Assumed(zone) => zone,
        }
    }
}

/// Where a contact is.
pub fn place(listed: Option<Tz>, region: Option<Region>, campaign: Tz) -> Place {
    if let Some(zone) = listed {
        return Place::Listed(zone);
    }
    region.and_then(|r| only_zone(r.as_str())).map_or(Place::Assumed(campaign), Place::Region)
}

/// The zone of a region whose inhabited parts share one clock all year (IANA `zone1970.tab`).
fn only_zone(region: &str) -> Option<Tz> {
    Some(match region {
        "AE" => Asia::Dubai,
        "AM" => Asia::Yerevan,
        "AR" => America::Argentina::Buenos_Aires,
        "AT" => Europe::Vienna,
        "AZ" => Asia::Baku,
        "BA" => Europe::Sarajevo,
        "BD" => Asia::Dhaka,
        "BE" => Europe::Brussels,
        "BG" => Europe::Sofia,
        "BH" => Asia::Bahrain,
        "BO" => America::La_Paz,
        "BY" => Europe::Minsk,
        "CH" | "LI" => Europe::Zurich,
        "CN" => Asia::Shanghai,
        "CO" => America::Bogota,
        "CR" => America::Costa_Rica,
        "CZ" => Europe::Prague,
        "DE" => Europe::Berlin,
        "DK" => Europe::Copenhagen,
        "DO" => America::Santo_Domingo,
        "DZ" => Africa::Algiers,
        "EE" => Europe::Tallinn,
        "EG" => Africa::Cairo,
        "ET" => Africa::Addis_Ababa,
        "FI" => Europe::Helsinki,
        "FR" => Europe::Paris,
        "GB" => Europe::London,
        "GE" => Asia::Tbilisi,
        "GH" => Africa::Accra,
        "GR" => Europe::Athens,
        "GT" => America::Guatemala,
        "HK" => Asia::Hong_Kong,
        "HN" => America::Tegucigalpa,
        "HR" => Europe::Zagreb,
        "HU" => Europe::Budapest,
        "IE" => Europe::Dublin,
        "IL" => Asia::Jerusalem,
        "IN" => Asia::Kolkata,
        "IS" => Atlantic::Reykjavik,
        "IT" => Europe::Rome,
        "JM" => America::Jamaica,
        "JO" => Asia::Amman,
        "JP" => Asia::Tokyo,
        "KE" => Africa::Nairobi,
        "KR" => Asia::Seoul,
        "KW" => Asia::Kuwait,
        "LK" => Asia::Colombo,
        "LT" => Europe::Vilnius,
        "LU" => Europe::Luxembourg,
        "LV" => Europe::Riga,
        "MA" => Africa::Casablanca,
        "MY" => Asia::Kuala_Lumpur,
        "NG" => Africa::Lagos,
        "NI" => America::Managua,
        "NL" => Europe::Amsterdam,
        "NO" => Europe::Oslo,
        "NP" => Asia::Kathmandu,
        "PA" => America::Panama,
        "PE" => America::Lima,
        "PH" => Asia::Manila,
        "PK" => Asia::Karachi,
        "PL" => Europe::Warsaw,
        "PR" => America::Puerto_Rico,
        "PY" => America::Asuncion,
        "QA" => Asia::Qatar,
        "RO" => Europe::Bucharest,
        "RS" => Europe::Belgrade,
        "SA" => Asia::Riyadh,
        "SE" => Europe::Stockholm,
        "SG" => Asia::Singapore,
        "SI" => Europe::Ljubljana,
        "SK" => Europe::Bratislava,
        "SV" => America::El_Salvador,
        "TH" => Asia::Bangkok,
        "TN" => Africa::Tunis,
        "TR" => Europe::Istanbul,
        "TW" => Asia::Taipei,
        "TZ" => Africa::Dar_es_Salaam,
        "UG" => Africa::Kampala,
        "UY" => America::Montevideo,
        "VE" => America::Caracas,
        "VN" => Asia::Ho_Chi_Minh,
        "ZA" => Africa::Johannesburg,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_knows_best_then_the_region_then_the_campaign() {
        let region = |code| Region::parse(code).ok();
        let campaign = America::Chicago;
        assert_eq!(place(Some(Asia::Tokyo), region("DE"), campaign), Place::Listed(Asia::Tokyo));
        assert_eq!(place(None, region("DE"), campaign), Place::Region(Europe::Berlin));
        for many_clocks in ["US", "CA", "BR", "RU", "AU", "ES", "PT", "ID"] {
            assert_eq!(place(None, region(many_clocks), campaign), Place::Assumed(campaign), "{many_clocks}");
        }
        assert_eq!(place(None, None, campaign), Place::Assumed(campaign));
    }
}
