//! `mingcha inspect APP ui|surfaces|clickpath`: what the app shows and offers, and how many taps away it is.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Failure;
use super::args::{Format, InspectArgs, What};
use super::lists::{print, print_json, say};
use crate::Loaded;
use crate::error::Error;
use crate::facts::index::CodeIndex;
use crate::facts::screen::{Screen, Screens};
use crate::facts::ui::{Lexicon, UiFacts};
use crate::facts::used::Used;
use crate::knowledge::Knowledge;
use crate::report::Lang;
use crate::report::text::{cut, evidence_line, safe};
use crate::scan::analyse;

const COLUMNS: usize = 110;
/// Texts shown of one screen in the text form; JSON holds them all.
const MAX_TEXTS: usize = 12;

pub(super) fn inspect(args: &InspectArgs, loaded: Loaded, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    let wanted = args.to.as_deref().unwrap_or_default().trim();
    if args.what == What::Clickpath && wanted.is_empty() {
        return Err(Error::Usage("`inspect clickpath` needs --to TEXT".into()).into());
    }
    let (value, text) = analyse(loaded, knowledge, |sources, tables, times| {
        if args.what == What::Surfaces {
            let lexicon = Lexicon::new(knowledge);
            let index = CodeIndex::new(sources.program, knowledge, &|text, tags| lexicon.tag(text, tags));
            return surfaces(&UiFacts::new(sources, &lexicon, &index, &Used::new(sources)), knowledge, lang);
        }
        let screens = Screens::new(sources, times, tables);
        match args.what {
            What::Clickpath => ways(&screens, wanted, knowledge, lang),
            _ => ui(&screens),
        }
    });
    if args.format == Format::Json { print_json(&value) } else { print(&text) }
}

fn surfaces(ui: &UiFacts, knowledge: &Knowledge, lang: Lang) -> (Value, String) {
    let mut text = String::new();
    let mut rows = Vec::new();
    for row in knowledge.surfaces() {
        let places = ui.surfaces.of(&row.id);
        rows.push(json!({ "id": row.id, "name": lang.pick(&row.zh, &row.en), "places": places }));
        let mark = if places.is_empty() { "–" } else { "✓" };
        let _ = writeln!(text, "{mark} {} ({})", lang.pick(&row.zh, &row.en), places.len());
        for place in places.iter().take(MAX_TEXTS) {
            let _ = writeln!(text, "    {}", cut(&safe(&evidence_line(place)), COLUMNS));
        }
    }
    let named =
        |(what, count): &(&str, usize)| format!("{}: {count}", say(knowledge, lang, &format!("searched.{what}")));
    let searched = ui.searched.iter().map(named).collect::<Vec<_>>().join(", ");
    let _ = writeln!(text, "\n{searched}");
    (json!({ "surfaces": rows, "searched": ui.searched }), text)
}

fn screen_json(screens: &Screens, screen: &Screen) -> Value {
    let name = |at: usize| screens.all.get(at).map(|screen| screen.class.as_str());
    let texts: Vec<Value> =
        screen.texts.iter().map(|shown| json!({ "text": shown.text, "place": shown.evidence })).collect();
    let leads: Vec<Value> =
        screen.leads_to.iter().map(|lead| json!({ "screen": name(lead.to), "place": lead.place })).collect();
    json!({
        "class": screen.class,
        "kind": screen.kind,
        "taps": screen.taps,
        "layouts": screen.layouts,
        "texts": texts,
        "leads_to": leads,
    })
}

fn ui(screens: &Screens) -> (Value, String) {
    let mut order: Vec<&Screen> = screens.all.iter().collect();
    order.sort_by_key(|screen| (screen.taps.unwrap_or(u32::MAX), screen.class.clone()));
    let rows: Vec<Value> = order.iter().map(|screen| screen_json(screens, screen)).collect();
    let mut text = String::new();
    for screen in order {
        let taps = screen.taps.map_or("–".to_owned(), |taps| taps.to_string());
        let kind = format!("{:?}", screen.kind).to_lowercase();
        let _ = writeln!(text, "{taps:>3}  {kind:<9} {}", safe(&screen.class));
        for file in &screen.layouts {
            let _ = writeln!(text, "       {}", safe(file));
        }
        let shown: Vec<String> = screen.texts.iter().take(MAX_TEXTS).map(|shown| cut(&shown.text, 24)).collect();
        if !shown.is_empty() {
            let more = if screen.texts.len() > MAX_TEXTS { " …" } else { "" };
            let _ = writeln!(text, "       {}{more}", safe(&shown.join(" · ")).replace('\n', " "));
        }
        let leads = screen.leads_to.iter().filter_map(|lead| screens.all.get(lead.to));
        let leads: Vec<&str> = leads.map(|screen| screen.class.rsplit('.').next().unwrap_or_default()).collect();
        if !leads.is_empty() {
            let _ = writeln!(text, "       → {}", safe(&leads.join(", ")));
        }
    }
    (json!(rows), text)
}

fn ways(screens: &Screens, wanted: &str, knowledge: &Knowledge, lang: Lang) -> (Value, String) {
    let lower = wanted.to_lowercase();
    let mut found: Vec<_> = screens.showing(move |text| text.to_lowercase().contains(&lower)).collect();
    found.sort_by_key(|(_, screen, _)| (screen.taps.unwrap_or(u32::MAX), screen.class.clone()));
    let mut text = String::new();
    let mut rows = Vec::new();
    for (at, screen, shown) in found {
        let way = screens.way(at);
        let taps = screen.taps.map_or("–".to_owned(), |taps| taps.to_string());
        let _ = writeln!(text, "{taps} {}  “{}”", say(knowledge, lang, "ui.taps"), cut(&safe(&shown.text), 60));
        for (step, place) in &way {
            let name = screens.all.get(*step).map(|screen| screen.class.as_str()).unwrap_or_default();
            let place = place.map(|place| format!("  ← {}", evidence_line(place))).unwrap_or_default();
            let _ = writeln!(text, "    {}{}", safe(name), cut(&safe(&place), COLUMNS));
        }
        let _ = writeln!(text, "    {}", cut(&safe(&evidence_line(&shown.evidence)), COLUMNS));
        let steps: Vec<Value> = way
            .iter()
            .map(
                |(step, place)| json!({ "screen": screens.all.get(*step).map(|screen| &screen.class), "place": place }),
            )
            .collect();
        rows.push(json!({ "text": shown.text, "place": shown.evidence, "screen": screen.class, "taps": screen.taps, "way": steps }));
    }
    if rows.is_empty() {
        let _ = writeln!(text, "{}", say(knowledge, lang, "ui.no_text"));
    }
    (json!(rows), text)
}
