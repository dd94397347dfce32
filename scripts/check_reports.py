#!/usr/bin/env python3
"""check_reports.py - read the forms of a report with readers that share no code with mingcha.

Usage: check_reports.py FOLDER [--program MINGCHA] [--axe axe.min.js] [--shots DIR]

FOLDER holds zh/, en/, hostile/ and big/, each with app.json, app.xlsx, app.junit.xml and app.html of one
report (tests/reports.rs writes them). Workbooks are read by openpyxl, JUnit by junitparser, pages by a
headless Chromium through playwright, accessibility is checked with axe-core. --shots keeps screenshots.

Exit status: 0 all in order, 1 something is not (named on stderr).
"""
import argparse
import json
import os
import pty
import shutil
import subprocess
import sys

import junitparser
import openpyxl
from playwright.sync_api import sync_playwright

PROBLEMS = []


def check(fine, what):
    if not fine:
        PROBLEMS.append(what)


def workbook(folder, report, heading):
    book = openpyxl.load_workbook(os.path.join(folder, "app.xlsx"))
    check(len(book.sheetnames) == 10, "%s: sheets are %s" % (folder, book.sheetnames))
    for sheet in book:
        check(sheet.auto_filter.ref, "%s %s: no filter" % (folder, sheet.title))
        check(sheet.freeze_panes == "A2", "%s %s: head not frozen" % (folder, sheet.title))
        check(sheet.column_dimensions["A"].width >= 8, "%s %s: no widths" % (folder, sheet.title))
        for row in sheet.iter_rows():
            for cell in row:
                check(cell.data_type != "f", "%s %s %s is a formula" % (folder, sheet.title, cell.coordinate))
                check(cell.hyperlink is None, "%s %s %s is a link" % (folder, sheet.title, cell.coordinate))
    findings = book.worksheets[1]
    check(findings["A1"].value == heading, "%s: %r heads the findings" % (folder, findings["A1"].value))
    count = sum(len(o["findings"]) for o in report["outcomes"])
    check(findings.max_row == count + 1, "%s: %d rows for %d findings" % (folder, findings.max_row, count))
    sdks = next(s for s in book.worksheets if s.max_column == 17)
    check(sdks.max_row == len(report["sdks"]) + 1, "%s: %d rows of SDKs" % (folder, sdks.max_row))


def junit(folder, report):
    xml = junitparser.JUnitXml.fromfile(os.path.join(folder, "app.junit.xml"))
    suite = next(iter(xml))
    ends = {o["rule"]: o["verdict"] for o in report["outcomes"]}
    check(suite.tests == len(ends), "%s: %d test cases" % (folder, suite.tests))
    kinds = {"violation": junitparser.Failure, "undetermined": junitparser.Skipped, "not_applicable": junitparser.Skipped}
    for case in suite:
        rule = case.classname.split(".", 1)[1]
        wanted = kinds.get(ends[rule])
        got = [type(r) for r in case.result]
        check(got == ([wanted] if wanted else []), "%s %s: %s" % (folder, rule, got))
        if wanted:
            check(case.result[0].message, "%s %s: no message" % (folder, rule))
    check(suite.failures == sum(v == "violation" for v in ends.values()), "%s: failures" % folder)


def watched(browser, scheme="light", scripts=True, csp=True):
    context = browser.new_context(color_scheme=scheme, java_script_enabled=scripts, bypass_csp=not csp,
                                  viewport={"width": 1280, "height": 900})
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: said.append(str(e)))
    page.on("request", lambda r: asked.append(r.url))
    return page, said, asked


def shown(page):
    return page.locator("details.finding:not([hidden])").count()


def use(browser, folder, lang, report, shots):
    url = "file://" + os.path.abspath(os.path.join(folder, "app.html"))
    page, said, asked = watched(browser)
    page.goto(url)
    first, other = ("zh", "en") if lang == "zh" else ("en", "zh")
    words = {"zh": "检测结论", "en": "Findings"}
    check(page.locator("#h-findings").inner_text() == words[first], "%s: first language" % folder)
    total = sum(len(o["findings"]) for o in report["outcomes"])
    check(shown(page) == total, "%s: %d findings shown" % (folder, shown(page)))
    # The other language, by keyboard: interface and findings.
    before = page.locator("details.finding").first.inner_text()
    page.locator("#lang-" + first).focus()
    page.keyboard.press("ArrowRight")
    check(page.locator("#lang-" + other).is_checked(), "%s: the arrow key does not switch" % folder)
    check(page.locator("#h-findings").inner_text() == words[other], "%s: language switch" % folder)
    check(page.locator("details.finding").first.inner_text() != before, "%s: findings keep their language" % folder)
    check(page.evaluate("document.documentElement.lang") == {"zh": "zh-Hans", "en": "en"}[other], "%s: lang" % folder)
    page.locator("#lang-" + first).check(force=True)
    # Search, filter, sort.
    page.fill("#search", "jpush")
    page.wait_for_timeout(400)
    few = shown(page)
    check(0 < few < total, "%s: search shows %d of %d" % (folder, few, total))
    check(str(few) in page.locator("#shown").inner_text(), "%s: count not told" % folder)
    page.fill("#search", "no such thing anywhere")
    page.wait_for_timeout(400)
    check(shown(page) == 0 and page.locator("#no-match").is_visible(), "%s: nothing found is not told" % folder)
    page.fill("#search", "")
    page.wait_for_timeout(400)
    page.locator(".chips input[value=violation]").uncheck(force=True)
    risks = sum(f["verdict"] == "risk" for o in report["outcomes"] for f in o["findings"])
    check(shown(page) == risks, "%s: %d risks shown" % (folder, shown(page)))
    page.locator(".chips input[value=violation]").check(force=True)
    page.select_option("#sort", "rule")
    ids = page.eval_on_selector_all("#rules-found > section", "nodes => nodes.map(n => n.id)")
    check(ids == sorted(ids), "%s: not sorted by rule" % folder)
    page.select_option("#sort", "gravity")
    head = page.locator("#permissions thead button").first
    head.click()
    names = page.locator("#permissions tbody td:first-child").all_inner_texts()
    head.click()
    check(page.locator("#permissions tbody td:first-child").all_inner_texts() == names[::-1], "%s: table sort" % folder)
    # A call path, by keyboard.
    finding = page.locator("details.finding:has(ol.frames)").first
    finding.locator("> summary").focus()
    page.keyboard.press("Enter")
    finding.locator("details.path > summary").first.focus()
    page.keyboard.press("Enter")
    frames = finding.locator("ol.frames").first
    check(frames.is_visible() and frames.locator("li").count() > 1, "%s: call path" % folder)
    # A link to a clause opens its document.
    page.locator(".cite a").first.click()
    page.wait_for_timeout(100)
    target = page.evaluate("location.hash.slice(1)")
    check(page.locator('[id="%s"]' % target).is_visible(), "%s: the clause stays folded" % folder)
    pdf = page.pdf(format="A4", print_background=True)
    check(pdf.startswith(b"%PDF") and len(pdf) > 20000, "%s: %d bytes of PDF" % (folder, len(pdf)))
    if shots:
        with open(os.path.join(shots, lang + ".pdf"), "wb") as f:
            f.write(pdf)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        check(page.evaluate("document.documentElement.scrollWidth <= innerWidth"),
              "%s: %d wide, the page scrolls sideways" % (folder, width))
    check(not said, "%s: the console says %s" % (folder, said))
    check(asked == [url] or all(a.split("#")[0] == url for a in asked), "%s: asks for %s" % (folder, asked))
    page.close()


def accessible(browser, folder, lang, axe, shots):
    url = "file://" + os.path.abspath(os.path.join(folder, "app.html"))
    for scheme in ("light", "dark"):
        page, _, _ = watched(browser, scheme, csp=False)
        page.goto(url)
        page.evaluate("document.querySelectorAll('details').forEach((d, i) => { d.open = i < 12 })")
        if shots:
            # Rules out of sight are laid out only when a person scrolls to them.
            page.add_style_tag(content=".rule { content-visibility: visible }")
            page.screenshot(path=os.path.join(shots, "%s-%s.png" % (lang, scheme)), full_page=True)
        if axe:
            page.add_script_tag(path=axe)
            found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})")
            for v in found["violations"]:
                nodes = [n["html"][:120] + " " + n["failureSummary"][:160] for n in v["nodes"][:2]]
                check(False, "%s %s: %s (%d): %s" % (folder, scheme, v["id"], len(v["nodes"]), nodes))
        page.close()


def plain(browser, folder):
    page, _, _ = watched(browser, scripts=False)
    page.goto("file://" + os.path.abspath(os.path.join(folder, "app.html")))
    check(page.locator("details.finding > summary").first.is_visible(), "%s: nothing without scripts" % folder)
    check(not page.locator("#search").is_visible(), "%s: dead controls without scripts" % folder)
    page.locator("label:has(#lang-en)").click()
    check(page.locator("#h-findings").inner_text() == "Findings", "%s: no language switch without scripts" % folder)
    page.close()


def hostile(browser, folder):
    # Once as it is, once with the page's own policy taken away: escaping alone must hold.
    for csp in (True, False):
        page, said, asked = watched(browser, csp=csp)
        page.goto("file://" + os.path.abspath(os.path.join(folder, "app.html")))
        page.locator("#expand").click()
        page.wait_for_timeout(200)
        check(page.evaluate("window.pwned") is None, "hostile: a script of the input ran")
        check(page.evaluate("document.scripts.length") == 1, "hostile: scripts in the page")
        check(page.evaluate("document.querySelectorAll('img, iframe, object, embed, form').length") == 0, "hostile: elements")
        handlers = "[...document.querySelectorAll('*')].filter(n => [...n.attributes].some(a => a.name.startsWith('on'))).length"
        check(page.evaluate(handlers) == 0, "hostile: handlers")
        check(page.evaluate("[...document.links].every(a => a.getAttribute('href').startsWith('#'))"), "hostile: links")
        check(not said and len(asked) == 1, "hostile: %s %s" % (said, asked))
        page.close()


def big(browser, folder):
    path = os.path.join(folder, "app.html")
    paints, loads = [], []
    for _ in range(3):
        page, said, _ = watched(browser)
        page.goto("file://" + os.path.abspath(path))
        paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        loads.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
        check(not said, "big: %s" % said)
        count = shown(page)
        page.fill("#search", "jpush")
        page.wait_for_timeout(300)
        page.close()
    check(count >= 2000, "big: %d findings" % count)
    # To be read within a second; the rest may still load, the more so on a busy machine.
    check(min(paints) < 1000, "big: first seen after %.0f ms" % min(paints))
    check(min(loads) < 4000, "big: loaded after %.0f ms" % min(loads))
    print("2,000 findings: %d bytes, seen after %.0f ms, loaded after %.0f ms"
          % (os.path.getsize(path), min(paints), min(loads)))


def refused(program):
    """A document to a terminal: the program must refuse before it scans."""
    for form in ("xlsx", "html"):
        master, slave = pty.openpty()
        done = subprocess.run([program, "scan", "no-such.apk", "--format", form], stdin=subprocess.DEVNULL,
                              stdout=slave, stderr=subprocess.PIPE)
        os.close(slave)
        os.close(master)
        check(done.returncode == 2 and b"-o FILE." in done.stderr, "%s to a terminal: %r" % (form, done.stderr))


def main():
    ap = argparse.ArgumentParser(description="read the forms of a report with independent readers")
    ap.add_argument("folder")
    ap.add_argument("--program")
    ap.add_argument("--axe")
    ap.add_argument("--shots")
    a = ap.parse_args()
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser_path:
        raise SystemExit("check_reports: no chromium on this machine")
    if a.shots:
        os.makedirs(a.shots, exist_ok=True)
    reports = {}
    for case, heading in (("zh", "结论"), ("en", "Verdict"), ("hostile", "结论"), ("big", "结论")):
        folder = os.path.join(a.folder, case)
        with open(os.path.join(folder, "app.json"), encoding="utf-8") as f:
            reports[case] = json.load(f)
        workbook(folder, reports[case], heading)
        junit(folder, reports[case])
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        for lang in ("zh", "en"):
            folder = os.path.join(a.folder, lang)
            use(browser, folder, lang, reports[lang], a.shots)
            accessible(browser, folder, lang, a.axe, a.shots)
        plain(browser, os.path.join(a.folder, "zh"))
        hostile(browser, os.path.join(a.folder, "hostile"))
        big(browser, os.path.join(a.folder, "big"))
        browser.close()
    if a.program:
        refused(a.program)
    for problem in PROBLEMS:
        print("check_reports: " + problem, file=sys.stderr)
    return 1 if PROBLEMS else 0


if __name__ == "__main__":
    sys.exit(main())
