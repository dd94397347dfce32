//! Rows of the lists in which policies name third parties: tables, and paragraphs of labelled lines.
//!
//! Third parties are also told of in prose and named without another word; there the name has to prove itself.

use std::ops::Range;

use super::entries::{bare_names, labelled, titled};
use super::labels::{Labels, Line};
use super::row::{Column, Row, Source, ends_as_sdk, is_named_sdk, overlap};
use super::tables::{headings_of, mended, rows_in, table, titled_table};
use super::{Passage, Policy, flattened};

/// Most third parties of one policy; no list is so long.
const MAX_ROWS: usize = 5000;
impl Policy {
    /// Rows of lists of third parties, in order.
    pub fn rows(&self, labels: &Labels) -> Vec<Row> {
        let mut start = 0_usize;
        let lines = self.text.split_inclusive('\n').map(|line| {
            let here = start;
            start = start.saturating_add(line.len());
            Line { start: here, text: line.trim_end_matches('\n') }
        });
        let lines: Vec<Line<'_>> = lines.filter(|line| !line.text.trim().is_empty()).collect();
        let lines = mended(&self.text, &lines);
        let mut rows = Vec::new();
        let mut at = 0_usize;
        while let Some(line) = lines.get(at) {
            let is_table = line.text.contains('\t');
            let rest = lines.get(at..).unwrap_or_default();
            if let Some(headings) = flattened::headings(rest, labels) {
                let (found, taken) = flattened::rows(rest.get(headings.len()..).unwrap_or_default(), &headings, labels);
                if !found.is_empty() {
                    rows.extend(found);
                    at = at.saturating_add(headings.len()).saturating_add(taken);
                    continue;
                }
            }
            let goes_on = |(number, other): &(usize, &Line<'_>)| {
                let begins = || flattened::headings(rest.get(*number..).unwrap_or_default(), labels).is_some();
                !other.text.contains('\t') && (*number == 0 || !begins())
            };
            let length =
                if is_table { rows_in(rest, labels) } else { rest.iter().enumerate().take_while(goes_on).count() };
            let block = rest.get(..length).unwrap_or_default();
            let before = at.checked_sub(1).and_then(|at| lines.get(at));
            let found =
                if is_table { table(block, labels).or_else(|| titled_table(block, before, labels)) } else { None };
            rows.extend(found.unwrap_or_else(|| {
                let mut found = labelled(block, before, labels);
                for row in &mut found {
                    let is_loose = !row.has(Column::Name)
                        && !row.has(Column::Vendor)
                        && !row.has(Column::Link)
                        && self.is_about_third_parties(row.span.start, labels);
                    row.source = if is_loose { Source::Loose } else { Source::List };
                }
                let known: Vec<bool> = found.iter().map(|row| self.is_third_party(row)).collect();
                let kept = beside_others(&found, &known);
                let mut found: Vec<Row> =
                    found.into_iter().zip(kept).filter_map(|(row, kept)| kept.then_some(row)).collect();
                let told = labels.telling.as_ref().map(|telling| telling.rows(block, labels)).unwrap_or_default();
                let bare = labels.introduction.as_ref().map(|it| bare_names(block, it, labels)).unwrap_or_default();
                let titled = labels.telling.as_ref().map(|telling| titled(block, telling, labels)).unwrap_or_default();
                let titled = titled.into_iter().filter(|row| self.is_about_third_parties(row.span.start, labels));
                for rows in [told, bare, titled.collect()] {
                    found.sort_by_key(|row| row.span.start);
                    let is_new = |row: &Row| {
                        let before = found.partition_point(|known| known.span.start < row.span.end);
                        let last = before.checked_sub(1).and_then(|at| found.get(at));
                        !last.is_some_and(|known| overlap(&known.span, &row.span))
                    };
                    let rows: Vec<Row> = rows.into_iter().filter(is_new).collect();
                    found.extend(rows);
                }
                found.sort_by_key(|row| row.span.start);
                found
            }));
            at = at.saturating_add(length);
        }
        rows.retain(|row| !row.name.is_empty());
        let mut rows: Vec<Row> = rows.into_iter().flat_map(|row| self.one_by_one(row)).collect();
        rows.truncate(MAX_ROWS);
        for row in &mut rows {
            if !row.has(Column::Link) && self.leads_elsewhere(&row.span) {
                row.cells.push((Column::Link, row.span.clone()));
            }
        }
        rows
    }

    /// An entry of several SDKs (甲SDK、乙SDK) as one of each.
    fn one_by_one(&self, row: Row) -> Vec<Row> {
        let name = self.text.get(row.name.clone()).unwrap_or_default();
        let pieces: Vec<&str> = name.split('、').collect();
        let are_names = pieces.len() > 1 && pieces.iter().all(|piece| ends_as_sdk(piece) && piece.chars().count() > 3);
        if !are_names || row.source == Source::Prose {
            return vec![row];
        }
        let mut start = row.name.start;
        let entry = |piece: &&str| {
            let name = start..start.saturating_add(piece.len());
            start = name.end.saturating_add('、'.len_utf8());
            Row { name, ..row.clone() }
        };
        pieces.iter().map(entry).collect()
    }

    /// Bytes of [`Policy::text`] that tell what something is for: cells under such a heading in whatever table, and
    /// values of such a label in the `rows`.
    pub fn purposes(&self, labels: &Labels, rows: &[Row]) -> Vec<Range<usize>> {
        let of_rows = rows.iter().flat_map(|row| &row.cells).filter(|(column, _)| *column == Column::Purpose);
        let mut out: Vec<Range<usize>> = of_rows.map(|(_, span)| span.clone()).collect();
        // Number of the column of purposes, and of all columns, in the table that is being read.
        let mut heading: Option<(usize, usize)> = None;
        let mut start = 0_usize;
        for text in self.text.split_inclusive('\n') {
            let line = Line { start, text: text.trim_end_matches('\n') };
            start = start.saturating_add(text.len());
            if !line.text.contains('\t') {
                heading = None;
                continue;
            }
            let cells = line.cells();
            if let Some((column, columns)) = heading {
                let shift = columns.saturating_sub(cells.len());
                out.extend(column.checked_sub(shift).and_then(|at| cells.get(at)).map(|(span, _)| span.clone()));
            } else if let Some(headings) = headings_of(&line, labels) {
                let column = headings.iter().position(|known| *known == [Column::Purpose]);
                heading = column.map(|column| (column, headings.len()));
            }
        }
        out.sort_unstable_by_key(|span| span.start);
        out
    }

    /// True when a hyperlink ends within the span, or right at its end.
    pub(super) fn leads_elsewhere(&self, span: &Range<usize>) -> bool {
        let first = self.links.partition_point(|end| *end <= span.start);
        self.links.get(first).is_some_and(|end| *end <= span.end)
    }

    /// Labels alone do not make a list of third parties: the app's own functions have purposes, too.
    fn is_third_party(&self, row: &Row) -> bool {
        // 个人信息：指以电子方式记录的… is a definition.
        let defines = |span: &Range<usize>| {
            self.text.get(span.clone()).is_some_and(|text| text.trim().trim_start_matches('是').starts_with('指'))
        };
        if defines(&row.name) || row.cells.iter().any(|(_, span)| defines(span)) {
            return false;
        }
        let says_what = row.has(Column::Purpose) || row.has(Column::Items);
        let is_list = row.has(Column::Name) || row.has(Column::Vendor) || row.has(Column::Link);
        let is_named = || self.text.get(row.name.clone()).is_some_and(is_named_sdk);
        // The operator tells of itself by a label, too.
        let has_name = !row.covers(Column::Vendor, row.name.start);
        says_what && (is_list && (has_name || row.has(Column::Items)) || is_named() || row.source == Source::Loose)
    }

    /// True where a section on third parties, or one within it, stands around byte `offset`.
    fn is_about_third_parties(&self, offset: usize, labels: &Labels) -> bool {
        let Some(pattern) = &labels.section else { return false };
        self.headings(offset).any(|heading| pattern.is_match(&heading.to_lowercase()))
    }

    /// Where a row stands.
    pub fn row_passage(&self, row: &Row) -> Passage {
        let text = self.written().get(row.span.clone()).unwrap_or_default();
        Passage {
            section: self.section(row.span.start).map(|section| section.heading.clone()).unwrap_or_default(),
            quote: super::mentions::shorten(text, 0),
            line: self.line(row.span.start),
        }
    }
}

/// Which of some entries are third parties: the `known` ones, and what stands right between two of them and tells the
/// same.
fn beside_others(rows: &[Row], known: &[bool]) -> Vec<bool> {
    let mut out = known.to_vec();
    let threes = rows.windows(3).zip(known.windows(3));
    for (kept, three) in out.iter_mut().skip(1).zip(threes) {
        if let ([before, row, next], [true, false, true]) = three {
            let touches = |one: &Row, other: &Row| other.span.start <= one.span.end.saturating_add(1);
            let tells = row.has(Column::Purpose) && row.has(Column::Items) && !row.name.is_empty();
            *kept = tells && touches(before, row) && touches(row, next);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;
    use crate::policy::Telling;

    fn labels() -> Labels {
        let word = |column, list: &str| list.split(' ').map(move |word| (column, word.to_owned())).collect::<Vec<_>>();
        Labels {
            words: [
                word(Column::Name, "名称 sdk"),
                word(Column::Vendor, "公司名称 第三方名称 提供方 运营方 开发者"),
                word(Column::Purpose, "目的 用途 功能"),
                word(Column::Items, "个人信息 信息类型 收集信息"),
                word(Column::Link, "隐私政策 链接"),
            ]
            .concat(),
            naming: vec!["名称".into()],
            acts: vec!["撤回".into()],
            blanks: vec!["-".into(), "无".into()],
            telling: Telling::new(|part| {
                let pattern = match part {
                    "opening" => "^([^：，。]{2,30})[：，]",
                    "vendor" => "由([^，。]{2,40})提供",
                    "purpose" => "用于([^。；]{2,120})",
                    "items" => "收集[^。：]{0,30}：([^。]*)",
                    _ => return Vec::new(),
                };
                vec![pattern.to_owned()]
            })
            .ok(),
            introduction: Regex::new("第三方sdk：$").ok(),
            section: Regex::new("第三方").ok(),
        }
    }

    fn rows(file: &str, text: &str) -> Vec<(String, Vec<(Column, String)>)> {
        let policy = Policy::from_text(file, text);
        let cut = |span: &Range<usize>| policy.text[span.clone()].trim().to_owned();
        policy
            .rows(&labels())
            .iter()
            .map(|row| (cut(&row.name), row.cells.iter().map(|(column, span)| (*column, cut(span))).collect()))
            .collect()
    }

    #[test]
    fn tables() {
        let text = "| 类别 | SDK名称 | 公司名称 | 收集个人信息的目的 | 收集个人信息类型 | 隐私政策 |\n|--|--|--|--|--|--|\n| 推送 | 甲SDK | 甲公司 | 推送消息 | IMEI | https://a.cn |\n| 乙SDK | 乙公司 | 统计 | - | 无 |\n| 丙SDK | 丙公司 | 分享 | 无 | 无 |\n";
        let found = rows("p.md", text);
        assert_eq!(found.len(), 3);
        assert_eq!(found[2].1.last().unwrap(), &(Column::Items, "无".into()));
        assert_eq!(found[0].0, "甲SDK");
        assert_eq!(found[0].1.len(), 5);
        assert_eq!(found[1].0, "乙SDK");
        let columns: Vec<Column> = found[1].1.iter().map(|(column, _)| *column).collect();
        assert_eq!(columns, [Column::Name, Column::Vendor, Column::Purpose]);
    }

    #[test]
    fn a_table_of_permissions_lists_no_third_parties() {
        let text = "| 权限名称 | 获取方式 | 获取该权限的目的 |\n|--|--|--|\n| 存储权限 | 动态获取 | 清理 |\n";
        let mut labels = labels();
        labels.words.push((Column::Permissions, "权限".into()));
        assert!(Policy::from_text("p.md", text).rows(&labels).is_empty());
    }

    #[test]
    fn a_table_under_a_name() {
        let text = "甲地图SDK\n\n| 收集的个人信息 | 收集目的 |\n|--|--|\n| 基站 | 定位 |\n| IMEI | 统计 |\n";
        let found = rows("p.md", text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "甲地图SDK");
        assert_eq!(found[0].1.iter().filter(|(column, _)| *column == Column::Items).count(), 2);
    }

    #[test]
    fn labelled_lines() {
        let text = "我们接入了以下SDK。\n甲推送SDK\n运营方：甲公司\n功能：推送消息\n收集个人信息类型：IMEI、MAC\n\n乙统计SDK\n运营方：乙公司\n功能：统计\n收集个人信息类型：\nAndroid ID\n";
        let found = rows("p.txt", text);
        assert_eq!(found.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), ["甲推送SDK", "乙统计SDK"]);
        assert_eq!(found[0].1[2], (Column::Items, "IMEI、MAC".into()));
        assert_eq!(found[1].1[2], (Column::Items, "Android ID".into()));
        let one = "1、SDK名称：甲SDK；公司名称：甲公司；使用目的：推送，收集信息：IMEI。\n2、SDK名称：乙SDK；公司名称：乙公司；使用目的：统计；收集信息：MAC。\n";
        let found = rows("p.txt", one);
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].0.trim_end_matches('；'), "乙SDK");
        assert_eq!(found[1].1.len(), 4);
    }

    #[test]
    fn names_over_labelled_lines() {
        let text = "    *   **甲PUSH**  \n        **使用目的：**推送消息  \n        **数据类型：**网络状态信息  \n        **官网链接：**[https://a.cn/pushkit](https://a.cn/pushkit)\n    *   **乙一键登录**  \n        **使用目的：**改善注册及登录界面用户体验  \n        **数据类型：**IP地址、网卡（MAC)地址、国际移动设备识别码（IMEI）、sim卡信息，并会收集手机机型、系统类型、系统版本、网络环境、网关取号报错日志等用于改善SDK性能  \n        **官网链接：**[https://b.cn/?from=nim&clueFrom=nim](https://b.cn/?from=nim&clueFrom=nim)\n    *   **丙联盟**  \n        **使用目的：**唤起  \n";
        let found = rows("p.md", text);
        assert_eq!(found.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), ["甲PUSH", "乙一键登录"]);
        assert_eq!(found[1].1.last().unwrap().0, Column::Link);
    }

    #[test]
    fn paragraphs() {
        let text = "“甲推送”：该SDK由“甲公司”提供，用于“推送通知”。需要收集的信息包括：\nios版本：IDFA\nandroid版本：IMEI、OAID\n官方隐私政策：https://a.cn\n“乙存储”：由“乙公司”提供，用于上传文件。需要收集的信息包括：无\n\n我们尊重您的选择。\n";
        let found = rows("p.txt", text);
        assert_eq!(found.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), ["“甲推送”", "“乙存储”"]);
        let columns: Vec<Column> = found[0].1.iter().map(|(column, _)| *column).collect();
        assert_eq!(columns, [Column::Vendor, Column::Purpose, Column::Items, Column::Items, Column::Link]);
        assert_eq!(found[1].1.last().unwrap(), &(Column::Items, "无".into()));
        assert!(rows("p.txt", "甲商城：由甲公司提供，用于购物。\n我们收集：IMEI。\n").is_empty());
    }

    #[test]
    fn companies_have_names_and_labels_may_stand_twice() {
        let text = "甲PUSH\n提供方名称：甲公司\n个人信息类型：IMEI\n使用目的：推送消息\n\nSDK名称：乙SDK\n用途：统计\n个人信息类型：MAC\n收集个人信息类型：IMSI\n公司名称：乙公司\n";
        let found = rows("p.txt", text);
        assert_eq!(found.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), ["甲PUSH", "乙SDK"]);
        assert_eq!(found[0].1[0], (Column::Vendor, "甲公司".into()));
        assert_eq!(found[1].1.iter().filter(|(column, _)| *column == Column::Items).count(), 2);
        // A label of its own within the value of a label.
        let text = "SDK名称：甲SDK\n用途：统计\n收集个人信息类型：\n(1)、设备信息：设备型号；\n(2)、标识：IMEI；\n隐私政策：https://a.cn\n";
        let found = rows("p.txt", text);
        assert_eq!(found[0].1.iter().filter(|(column, _)| *column == Column::Items).count(), 2);
    }

    #[test]
    fn names_alone() {
        let text = "我们接入的第三方SDK：\n甲SDK\n乙推送\n我们会对其进行监督。\n丙\n";
        let policy = Policy::from_text("p.txt", text);
        let found = policy.rows(&labels());
        let names: Vec<&str> = found.iter().map(|row| policy.text[row.name.clone()].trim()).collect();
        assert_eq!(names, ["甲SDK", "乙推送"]);
        assert!(found.iter().all(|row| row.source == Source::Loose && row.cells.is_empty()));
        let text = "我们接入的第三方SDK：\n（1）甲SDK：用来唤起支付。\n（2）乙推送：https://b.cn/privacy\n我们会对其进行监督。\n";
        let columns = |number: usize| -> Vec<Column> {
            rows("p.txt", text)[number].1.iter().map(|(column, _)| *column).collect()
        };
        assert_eq!((columns(0), columns(1)), (vec![Column::Purpose], vec![Column::Link]));
    }

    #[test]
    fn rights_and_contacts_are_no_third_parties() {
        let text = "撤回授权\n撤回隐私政策：设置\n撤回个人信息：注销\n公司名称：甲公司\n个人信息保护负责人：张三\n";
        assert!(rows("p.txt", text).is_empty());
    }

    #[test]
    fn the_operator_is_no_third_party() {
        let text = "生效日期：2021年2月16日\n开发者：甲公司\n权限列表和用途：见下文\n";
        assert!(rows("p.txt", text).is_empty());
        let text = "（一）共享\n与关联公司共享：您的个人信息可能会与我们的关联公司共享。收集信息：IMEI\n";
        assert!(rows("p.txt", text).is_empty());
    }

    #[test]
    fn a_name_may_lead_to_the_rules() {
        let page =
            "<p>我们接入的第三方SDK：</p><ul><li><a href=\"https://a.cn/privacy\">甲SDK</a></li><li>乙SDK</li></ul>";
        let markdown = "我们接入的第三方SDK：\n\n- [甲SDK](https://a.cn/privacy)\n- 乙SDK\n";
        for (file, text) in [("p.html", page), ("p.md", markdown)] {
            let found = rows(file, text);
            let links: Vec<bool> =
                found.iter().map(|(_, cells)| cells.iter().any(|(column, _)| *column == Column::Link)).collect();
            assert_eq!(links, [true, false], "{file}: {found:?}");
        }
    }

    #[test]
    fn purposes_of_tables_and_entries() {
        let text =
            "| 信息 | 目的 |\n|--|--|\n| 设备型号 | 推送图片 |\n\nSDK名称：甲SDK\n用途：播放视频\n收集信息：IMEI\n";
        let policy = Policy::from_text("p.md", text);
        let found = policy.purposes(&labels(), &policy.rows(&labels()));
        let texts: Vec<&str> = found.iter().map(|span| policy.text[span.clone()].trim()).collect();
        assert_eq!(texts, ["推送图片", "播放视频"]);
    }

    #[test]
    fn sections_on_third_parties() {
        let text = "# 隐私政策\n## 六、第三方服务\n### 6.1 甲统计\n目的：统计\n收集信息：设备型号\n## 七、业务功能\n### 7.1 位置信息\n目的：导航\n收集信息：位置\n";
        let found = rows("p.md", text);
        assert_eq!(found.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), ["6.1 甲统计"]);
    }

    #[test]
    fn prose_is_no_list() {
        let text = "我们收集个人信息的目的如下：为您提供服务。\n一、位置信息\n用途：为您推荐附近的门店\n二、变更\n我们会更新。\n";
        assert!(rows("p.txt", text).is_empty());
    }
}
