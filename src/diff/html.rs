//! A comparison as one offline page.

use super::Diff;
use super::rows::{head, parts};
use crate::report::escape::markup;
use crate::report::names::Names;

const STYLE: &str = "\
:root{color-scheme:light dark}body{font:15px/1.6 system-ui,\"PingFang SC\",\"Microsoft YaHei\",sans-serif;margin:2em auto;\
max-width:78em;padding:0 1em}table{border-collapse:collapse;width:100%}td{border-bottom:1px solid color-mix(in srgb,currentColor 25%,transparent);\
padding:.3em .5em;vertical-align:top;overflow-wrap:anywhere}td:first-child{font-weight:700;width:2em}\
.added{background:light-dark(#e0f2e3,#17391e)}.removed{background:light-dark(#fbe4e1,#4a1f1b)}.changed{background:light-dark(#fcefd8,#45300f)}";

/// The comparison as HTML.
pub fn render(diff: &Diff, names: Names<'_>) -> String {
    let title = markup(&names.say("diff.title"));
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>{title}</title><style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n<ul>\n",
        names.lang.pick("zh-Hans", "en")
    );
    for line in head(diff, names) {
        out.push_str(&format!("<li>{}</li>\n", markup(&line)));
    }
    out.push_str("</ul>\n");
    for part in parts(diff, names) {
        out.push_str(&format!("<h2>{}</h2>\n<table>\n", markup(&part.title)));
        for row in part.rows {
            let class = match row.sign {
                '+' => "added",
                '-' => "removed",
                _ => "changed",
            };
            out.push_str(&format!(
                "<tr class=\"{class}\"><td>{}</td><td>{}</td><td><code>{}</code></td><td>{}</td></tr>\n",
                row.sign,
                markup(&row.name),
                markup(&row.id),
                markup(&row.detail)
            ));
        }
        out.push_str("</table>\n");
    }
    out + "</body></html>\n"
}
