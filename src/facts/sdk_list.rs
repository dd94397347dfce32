//! The policy's list of third parties, row by row: who, for what, which items.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use regex::Regex;
use rustc_hash::FxHashMap;

use super::policy::words;
use crate::evidence::Evidence;
use crate::knowledge::Knowledge;
use crate::knowledge::schema::SdkRow;
use crate::policy::{Column, Labels, Mention, Policy, Row, Source, Telling};

/// A third party as the policy's list describes it.
#[derive(Debug, Clone)]
pub struct ListedSdk {
    /// Name as written.
    pub name: String,
    /// SDK ids of the signatures that the name stands for; several when it stands for a family, none when unknown.
    pub sdks: Vec<String>,
    /// What the row says anything of.
    pub columns: BTreeSet<Column>,
    /// Items of personal information in the cell for them.
    pub items: Vec<String>,
    /// The row.
    pub place: Evidence,
}

impl ListedSdk {
    /// Takes over what another place says of the same third party.
    fn add(&mut self, other: Self) {
        self.columns.extend(other.columns);
        self.items.extend(other.items);
        self.items.sort_unstable();
        self.items.dedup();
    }
}

const TERMS: [(Column, &str); 7] = [
    (Column::Name, "policy.row.name"),
    (Column::Vendor, "policy.row.vendor"),
    (Column::Purpose, "policy.row.purpose"),
    (Column::Items, "policy.row.items"),
    (Column::Permissions, "policy.row.permissions"),
    (Column::Link, "policy.row.link"),
    (Column::Means, "policy.row.means"),
];

fn patterns(knowledge: &Knowledge, term: &str) -> Vec<String> {
    knowledge.term(term).map(|row| row.regex.clone()).unwrap_or_default()
}

/// Words and patterns of the lists.
pub(super) fn labels(knowledge: &Knowledge) -> Labels {
    let of = |(column, term)| words(knowledge, term).into_iter().map(move |word| (column, word.to_ascii_lowercase()));
    let one = |term| patterns(knowledge, term).join("|");
    Labels {
        words: TERMS.into_iter().flat_map(of).collect(),
        naming: words(knowledge, "policy.row.naming"),
        acts: words(knowledge, "policy.row.acts"),
        blanks: words(knowledge, "policy.row.blank"),
        telling: Telling::new(|part| patterns(knowledge, &format!("policy.told.{part}"))).ok(),
        introduction: Regex::new(&one("policy.third_parties.introduction")).ok(),
        section: Regex::new(&one("policy.third_parties.section")).ok(),
    }
}

/// What a policy is searched for on account of SDKs: their names, `sdk:…`, and the brand before their last words,
/// `brand:…`, which may mean anything; and other third parties, `partner:`.
pub(super) fn wanted<'k>(
    knowledge: &Knowledge,
    rows: impl Iterator<Item = &'k SdkRow>,
) -> impl Iterator<Item = (String, Vec<String>)> {
    let tails = words(knowledge, "policy.brand_tails");
    let partners = (PARTNER.to_owned(), words(knowledge, "policy.partners"));
    let everyday = words(knowledge, "policy.no_brands");
    let sdks = rows.flat_map(move |row| {
        let names = [&row.name_zh, &row.name_en].into_iter().chain(&row.aliases);
        let cut = names.clone().flat_map(|name| tails.iter().filter_map(|tail| name.strip_suffix(tail.as_str())));
        let is_brand = |brand: &&str| has_two(brand) && !everyday.iter().any(|word| word == brand);
        let brands: BTreeSet<&str> = cut.map(str::trim).filter(is_brand).collect();
        let brands = brands.into_iter().map(str::to_owned).collect();
        let names = names.chain(&row.packages).cloned().collect();
        [(format!("{NAME}{}", row.id), names), (format!("{BRAND}{}", row.id), brands)]
    });
    sdks.chain([partners])
}

/// True for a name of at least two characters.
fn has_two(name: &str) -> bool {
    name.chars().nth(1).is_some()
}

/// Kinds of what is searched for.
const NAME: &str = "sdk:";
const BRAND: &str = "brand:";
/// Companies and services that are no SDKs; which one, nobody asks.
const PARTNER: &str = "partner:";

/// Words that say of a name that it is an SDK's.
struct Marks(Vec<String>);

impl Marks {
    fn new(knowledge: &Knowledge) -> Self {
        Self(words(knowledge, "policy.marks").into_iter().map(|word| word.to_lowercase()).collect())
    }

    /// A name without them.
    fn bare(&self, name: &str) -> String {
        let name = self.0.iter().fold(name.to_lowercase(), |name, mark| name.replace(mark.as_str(), ""));
        name.chars().filter(|c| c.is_alphanumeric()).collect()
    }
}

/// SDKs by bare name: a row whose whole name is 微博 stands for 微博SDK.
fn by_bare_name<'k>(knowledge: &'k Knowledge, marks: &Marks) -> BTreeMap<String, BTreeSet<&'k str>> {
    let mut out: BTreeMap<String, BTreeSet<&'k str>> = BTreeMap::new();
    for row in knowledge.sdks().iter().flat_map(|file| &file.sdk).filter(|row| row.collects) {
        for name in [&row.name_zh, &row.name_en].into_iter().chain(&row.aliases) {
            let name = marks.bare(name);
            if has_two(&name) {
                out.entry(name).or_default().insert(&row.id);
            }
        }
    }
    out
}

/// Lines in which a policy says whose it is.
const TITLE_LINES: usize = 2;
/// Characters of these lines.
const MAX_TITLE: usize = 30;
/// Bytes between the end of a line and the beginning of the next.
const LINE_END_BYTES: usize = 2;

/// The rows whose name shows that they are third parties', and those that lead to rules of their own among neighbours
/// of which one does.
fn believed(rows: &[Row], proves_itself: impl Fn(&Row) -> bool) -> Vec<&Row> {
    let touches = |first: &Row, second: &Row| {
        let is_loose = |row: &Row| row.source == Source::Loose;
        is_loose(first) && is_loose(second) && second.span.start <= first.span.end.saturating_add(LINE_END_BYTES)
    };
    let mut out = Vec::new();
    for run in rows.chunk_by(touches) {
        let proven: Vec<bool> = run.iter().map(|row| row.source == Source::List || proves_itself(row)).collect();
        let any = proven.contains(&true);
        let kept = run.iter().zip(proven).filter(|(row, proven)| *proven || any && row.has(Column::Link));
        out.extend(kept.map(|(row, _)| row));
    }
    out
}

/// Where items and SDKs are named, in order.
struct Places<'m>(Vec<(&'m str, &'m Mention)>);

impl<'m> Places<'m> {
    fn new(mentions: &'m BTreeMap<String, Vec<Mention>>) -> Self {
        let all = mentions.iter().flat_map(|(id, list)| list.iter().map(|mention| (id.as_str(), mention)));
        let mut places: Vec<_> = all.collect();
        places.sort_unstable_by_key(|(id, mention)| (mention.offset, *id));
        Self(places)
    }

    /// What is named within some bytes of the text.
    fn within(&self, span: &Range<usize>) -> impl Iterator<Item = (&'m str, &'m Mention)> {
        let first = self.0.partition_point(|(_, mention)| mention.offset < span.start);
        let end = span.end;
        self.0.get(first..).unwrap_or_default().iter().copied().take_while(move |(_, mention)| mention.offset < end)
    }

    /// Ids of a kind that are named in cells of a column.
    fn in_column(&self, row: &Row, column: Column, kind: &str) -> BTreeSet<String> {
        let cells = row.cells.iter().filter(|(known, _)| *known == column);
        let named = cells.flat_map(|(_, span)| self.within(span));
        // What prose says is for something, or is not taken, is not taken.
        let counts = |mention: &Mention| row.source != Source::Prose || !mention.is_purpose && !mention.negated;
        let ids = named.filter(|(_, mention)| counts(mention)).filter_map(|(id, _)| id.strip_prefix(kind));
        ids.map(str::to_owned).collect()
    }
}

/// The third parties of a policy; `rows` are those of its lists, `mentions` those of items (`pi:…`) and SDKs (`sdk:…`).
pub(super) fn collect(
    policy: &Policy,
    labels: &Labels,
    rows: &[Row],
    knowledge: &Knowledge,
    mentions: &BTreeMap<String, Vec<Mention>>,
) -> Vec<ListedSdk> {
    let places = Places::new(mentions);
    let generic = words(knowledge, "policy.third_parties.generic");
    let functions = words(knowledge, "policy.third_parties.functions");
    let no_name = Regex::new(&patterns(knowledge, "policy.third_parties.no_name").join("|")).ok();
    let marks = Marks::new(knowledge);
    let whole = LazyCell::new(|| by_bare_name(knowledge, &marks));
    let purposes = Regex::new(&patterns(knowledge, "policy.third_parties.purposes").join("|")).ok();
    let named = |row: &Row| row_name(policy, row, purposes.as_ref());
    let name_of = |row: &Row| unnumbered(policy.text.get(named(row)).unwrap_or_default());
    let by_name = |row: &Row| -> BTreeSet<String> {
        let span = named(row);
        let of = |kind| places.within(&span).filter_map(move |(id, _)| id.strip_prefix(kind)).map(str::to_owned);
        let names: BTreeSet<String> = of(NAME).collect();
        if names.is_empty() && row.source == Source::Prose { of(BRAND).collect() } else { names }
    };
    let proves_itself = |row: &Row| {
        let name = name_of(row);
        if row.source == Source::Loose && no_name.as_ref().is_some_and(|pattern| pattern.is_match(name)) {
            return false;
        }
        let shows = match row.source {
            Source::Prose => has_own_word(name, &generic),
            Source::List | Source::Loose => {
                is_marked(name) && has_own_word(name, &generic) && !functions.iter().any(|word| name.ends_with(word))
            }
        };
        shows || !by_name(row).is_empty() || whole.contains_key(&marks.bare(name))
    };
    let of_row = |row: &Row| {
        let name = name_of(row);
        let mut sdks = by_name(row);
        if sdks.is_empty() {
            // `APP支付客户端SDK` says whose it is only beside the name.
            sdks = places.in_column(row, Column::Vendor, NAME);
            sdks.extend(places.in_column(row, Column::Link, NAME));
        }
        if sdks.is_empty() {
            sdks = whole.get(&marks.bare(name)).into_iter().flatten().map(|id| (*id).to_owned()).collect();
        }
        ListedSdk {
            name: unnumbered(policy.written().get(named(row)).unwrap_or_default()).to_owned(),
            sdks: sdks.into_iter().collect(),
            columns: row.cells.iter().map(|(column, _)| *column).collect(),
            items: places.in_column(row, Column::Items, "pi:").into_iter().collect(),
            place: Evidence::from(policy.row_passage(row)),
        }
    };
    // 供应商：为维护产品，我们可能会与其共享…。 is a statement, 如何联系我们 a heading.
    let is_statement = |row: &Row| {
        let name = name_of(row);
        let may_be_name = || !name.contains(['，', ',', '。']) && (is_marked(name) || !by_name(row).is_empty());
        no_name.as_ref().is_some_and(|pattern| pattern.is_match(name)) && !may_be_name()
    };
    let listed: Vec<&Row> = believed(rows, proves_itself).into_iter().filter(|row| !is_statement(row)).collect();
    let mut out: Vec<ListedSdk> = listed.iter().copied().map(of_row).collect();
    let Some(telling) = &labels.telling else { return out };
    let known: Vec<Range<usize>> = places
        .0
        .iter()
        .filter(|(id, _)| [NAME, BRAND, PARTNER].iter().any(|kind| id.starts_with(kind)))
        .map(|(_, mention)| mention.offset..mention.end)
        .collect();
    let spans: Vec<Range<usize>> = listed.iter().map(|row| row.span.clone()).collect();
    let own = own_names(policy, &marks);
    // Where each name, and each set of SDKs that others may be named by, stands first.
    let mut alike: FxHashMap<String, usize> = FxHashMap::default();
    let mut of_list: FxHashMap<Vec<String>, usize> = FxHashMap::default();
    let mut of_any: FxHashMap<Vec<String>, usize> = FxHashMap::default();
    for (at, row) in out.iter().enumerate() {
        alike.entry(marks.bare(&row.name)).or_insert(at);
        of_list.entry(row.sdks.clone()).or_insert(at);
        of_any.entry(row.sdks.clone()).or_insert(at);
    }
    let told = policy.told_in_prose(telling, &known, &spans);
    for row in told.iter().filter(|row| proves_itself(row)) {
        let name = marks.bare(name_of(row));
        if own.contains(&name) {
            continue;
        }
        let told = of_row(row);
        let by_sdks = if is_marked(&told.name) { &of_list } else { &of_any };
        let same = by_sdks.get(&told.sdks).filter(|_| !told.sdks.is_empty());
        match alike.get(&name).or(same).and_then(|at| out.get_mut(*at)) {
            // What one sentence leaves out another may say.
            Some(known) => known.add(told),
            None => {
                alike.insert(name, out.len());
                of_any.entry(told.sdks.clone()).or_insert(out.len());
                out.push(told);
            }
        }
    }
    out
}

/// Where the name of a row stands: 用于上传文件 is none, the company beside it is.
fn row_name(policy: &Policy, row: &Row, purposes: Option<&Regex>) -> Range<usize> {
    let name = policy.text.get(row.name.clone()).unwrap_or_default();
    let is_purpose = row.source != Source::Prose && purposes.is_some_and(|pattern| pattern.is_match(unnumbered(name)));
    let vendor = || row.cells.iter().find(|(column, _)| *column == Column::Vendor).map(|(_, span)| span.clone());
    is_purpose.then(vendor).flatten().unwrap_or_else(|| row.name.clone())
}

/// The first lines without what says that they are an SDK: the product whose policy it is.
fn own_names(policy: &Policy, marks: &Marks) -> String {
    let lines = policy.text.lines().filter(|line| !line.trim().is_empty()).take(TITLE_LINES);
    lines.map(|line| marks.bare(&line.chars().take(MAX_TITLE).collect::<String>())).collect()
}

/// True for a name that says itself that it is no phrase of everyday.
fn is_marked(name: &str) -> bool {
    name.to_lowercase().contains("sdk") || name.starts_with(['“', '"', '「']) || name.ends_with("有限公司")
}

/// True when a name is more than words for third parties in general.
fn has_own_word(name: &str, generic: &[String]) -> bool {
    let own = generic.iter().fold(name.to_lowercase(), |name, word| name.replace(word.as_str(), ""));
    own.contains(char::is_alphanumeric)
}

/// A name without its number in the list, such as `2.1` or `③`, and without what stands around it.
fn unnumbered(name: &str) -> &str {
    let is_number = |c: char| ('①'..='⓿').contains(&c) || c.is_ascii_digit();
    let rest =
        name.trim_matches(NAME_ENDS).trim_start_matches(['(', '（']).trim_start_matches(|c| is_number(c) || c == '.');
    let rest = rest.trim_start();
    let rest = rest
        .strip_prefix(|c: char| c.is_ascii_uppercase())
        .and_then(|rest| rest.strip_prefix(['.', '、']))
        .unwrap_or(rest);
    // （十一）甲SDK
    let numeral = rest.trim_start_matches(|c| "〇零一二三四五六七八九十".contains(c));
    let rest = numeral.strip_prefix(['）', ')', '、']).filter(|_| numeral.len() < rest.len()).unwrap_or(rest);
    // 360 手机助手 begins with a number of its own.
    let behind = name.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = behind.len() == name.trim_start().len() || behind.starts_with(['.', '、', ')', '）']);
    if is_numbered { rest.trim_start_matches([')', '）', '、', '.', ' ']) } else { name.trim_matches(NAME_ENDS) }
}

/// What may stand around a name.
const NAME_ENDS: &[char] =
    &[' ', '；', ';', '，', ',', '。', '、', '•', '·', '●', '▪', '■', '◆', '➢', '►', 'Ø', '\u{f0d8}'];

#[cfg(test)]
mod tests {
    use super::{ListedSdk, has_own_word, is_marked, unnumbered};
    use crate::evidence::Evidence;
    use crate::facts::policy::read;
    use crate::knowledge::Knowledge;
    use crate::policy::{Column, Policy};

    /// Third parties of a policy under a title.
    fn listed(text: &str) -> Vec<ListedSdk> {
        let policy = Policy::from_text("p.txt", &format!("甲应用隐私政策\n生效日期：2025年1月1日\n{text}\n"));
        read(&policy, &Knowledge::embedded()).listed
    }

    fn names(text: &str) -> Vec<String> {
        listed(text).into_iter().map(|row| row.name).collect()
    }

    #[test]
    fn prose_names_third_parties() {
        for (text, wanted) in [
            (
                "为了便于您支付，我们使用微信SDK、支付宝SDK、翼支付、银联支付SDK。",
                "微信SDK 支付宝SDK 翼支付 银联支付SDK",
            ),
            ("（3）社保卡SDK：当您申请电子社保卡时，需要采集您的姓名。", "社保卡SDK"),
            ("甲应用集成北京某某科技有限公司的慧推SDK，慧推SDK需要收集您的IMEI。", "慧推SDK"),
            ("（8）.阿里云SDK 获取常用设备信息，用于向用户推送消息。", "阿里云SDK"),
            (
                "如您使用小米、OPPO等品牌手机，本产品接入的上述手机厂商Push SDK需要收集IMEI。",
                "小米 OPPO 手机厂商Push SDK",
            ),
            ("我们会将您的手机号提供给极光推送，用于一键登录。", "极光推送"),
            ("当您使用QQ账号登录时，我们会获取您的QQ头像、昵称。", "QQ"),
            ("您可以选择支付宝进行付款。", "支付宝"),
            ("如您申请开具电子发票，我们需要通过百望API收集您的邮箱地址。", "百望API"),
            ("分享至微信使用“微信分享”SDK。", "微信分享”SDK"),
            (
                "- Crash reports (Firebase Crashlytics): if the app crashes, a report is sent to find faults.",
                "Firebase Crashlytics",
            ),
            ("The free version of the app shows ads supplied by Google AdMob.", "Google AdMob"),
            ("终端设备制造商（华为、小米等）可能通过SDK等技术使用您的手机型号等信息。", "华为 小米"),
            ("我们会授权秒针系统（链接：https://a.cn/）处理您的设备信息。", "秒针系统"),
            ("我们会把您的手机号提供给顺丰。", "顺丰"),
            ("同时我们接入第三方支付宝SDK、微信SDK,以便您在下单购买时提供支付服务。", "支付宝SDK 微信SDK"),
            ("为了带来更好的体验我们接入了网易 七鱼SDK方便在线沟通。", "网易 七鱼SDK"),
            ("我们使用了第三方（某某（深圳）有限公司，以下称“某某”）开放平台SDK为您提供登录。", "开放平台SDK"),
            ("华为/小米/OPPO推送SDK需要读取您的IMEI，用于推送。", "华为 小米 OPPO推送SDK"),
            ("我们会使用广告SDK（穿山甲、huawei）来推荐广告。", "穿山甲 huawei"),
            (
                "我们的产品基于DCloud uni-app(5+ App/Wap2App)开发，应用运行期间需要收集您的设备唯一识别码（IMEI）以提供统计分析服务。",
                "DCloud uni-app",
            ),
            ("使用微信，您将同意微信的服务条款及隐私政策：http://weixin.qq.com/agreement", "微信"),
            ("（2）Google Ads：提供的个性化广告推广服务。", "Google Ads"),
            ("我们会将您的订单信息提供给支付宝软件工具开发包，支付宝会收集您的IMEI。", "支付宝软件工具开发包"),
        ] {
            assert_eq!(names(text).join(" "), wanted, "{text}");
        }
    }

    #[test]
    fn entries_of_lists() {
        let entry = |label: &str, name: &str| {
            format!("{label}{name}\n\n提供者名称：某某公司\n\n信息收集类型：IMEI\n\n使用目的：推送\n\n")
        };
        let labelled = entry("第三方SDK名称：", "甲SDK") + &entry("第三方SDK名称：", "乙SDK");
        assert_eq!(names(&labelled), ["甲SDK", "乙SDK"]);
        let quotes = |evidence: &Evidence| matches!(evidence, Evidence::Policy { quote, .. } if quote.starts_with("第三方SDK名称："));
        assert!(listed(&labelled).iter().skip(1).all(|row| quotes(&row.place)), "{:?}", listed(&labelled));
        // What stands between two third parties and tells the same is one, too.
        let titled = |name: &str| format!("{name}\n收集个人信息类型：IMEI\n使用目的：统计\n");
        let list = [titled("（一）甲SDK"), titled("（二）设备标识生成库"), titled("（三）乙SDK")].concat();
        assert_eq!(names(&list), ["甲SDK", "设备标识生成库", "乙SDK"]);
        let statement = "（4）服务供应商：为维护产品，我们可能会与其共享您的信息。收集信息：IMEI";
        assert_eq!(names(statement), [""; 0]);
    }

    #[test]
    fn lists_in_many_forms() {
        let found = |text: &str| -> Vec<(String, String)> {
            listed(text).into_iter().map(|row| (row.name, row.items.join(" "))).collect()
        };
        let row = |name: &str, items: &str| (name.to_owned(), items.to_owned());
        // Two labels of one column do not end an entry, whatever it begins with.
        let entry = |name: &str| {
            format!("{name}\n使用目的：登录\n使用场景：登录时\n合作方主体：某某有限公司\n涉及个人信息：手机号\n")
        };
        let list = format!("第三方SDK清单\n{}{}", entry("1、甲一键登录SDK"), entry("2、乙一键登录SDK"));
        assert_eq!(found(&list), [row("甲一键登录SDK", "phone_number"), row("乙一键登录SDK", "phone_number")]);
        // A numbered value, and one whose lines begin alike, go on on the lines below.
        let list = "第三方SDK：甲统计SDK\n用途：统计\n收集的信息：1.IMEI\n2.获取粗略位置\n适用范围：所有\n第三方SDK：乙SDK\n收集的信息：\n允许程序获取IMEI\n允许程序获取MAC地址\n用途：分享\n";
        assert_eq!(found(list), [row("甲统计SDK", "imei location_coarse"), row("乙SDK", "imei mac")]);
        // Where no column is headed as that of names, the one that names SDKs is.
        let heading = "场景描述\t个人信息类型\t用途\t第三方机构名称\n";
        let table = format!(
            "{heading}甲广告SDK请求\tIMEI\t广告\t甲公司\n乙SDK\tOAID\n运营商\n其他：时区\t广告\t乙公司\n三、转让\n"
        );
        assert_eq!(found(&table), [row("甲广告SDK请求", "imei"), row("乙SDK", "network_info oaid os_version")]);
        // A line of dashes makes a table of plain text; empty last cells, names alone and addresses below are no end.
        let table = "第三方SDK | 收集信息 | 用途 | 隐私政策\n---|---|---|---\n甲SDK | IMEI | 推送 |\nhttps://a.cn/p\n丙SDK\n乙SDK | MAC地址 | 统计 |\n\n三、保存\n";
        assert_eq!(found(table), [row("甲SDK", "imei"), row("丙SDK", ""), row("乙SDK", "mac")]);
        // A purpose in the place of the name: the company is the name.
        let table = "第三方SDK名称\t个人信息字段\t第三方机构名称\n（用于上传文件）\tIMEI\t某某云计算有限公司\n甲SDK\tMAC地址\t甲公司\n";
        assert_eq!(found(table), [row("某某云计算有限公司", "imei"), row("甲SDK", "mac")]);
        // A name over a sentence, and a name that is a sentence of its own.
        let titled =
            "三、第三方SDK\n1、某某推送SDK\n手机消息推送通知，把系统消息等提醒性质的消息推送至用户，方便及时处理。\n";
        assert_eq!(found(titled), [row("某某推送SDK", "")]);
        let headed = "1）百度定位SDK。为了提供位置服务，我行使用了百度地图SDK，该SDK需要获取您的IMEI，用于定位。";
        assert_eq!(found(headed), [row("百度定位SDK", "imei")]);
        let kinds = "与授权的第三方服务商共享必要信息，用于提供服务：\n云存储服务提供商（如腾讯云、某某云）\n我们会要求其保密。";
        assert_eq!(found(kinds), [row("腾讯云", ""), row("某某云", "")]);
        // Several SDKs in one entry; a label of its own for the title of the rules.
        let list = "第三方SDK列表：\n丁分享SDK、丁统计SDK\n涉及个人信息：IMEI\n使用目的：统计\n合作方主体：某某公司\n协议名称：《某某隐私政策》\n丙登录\n收集信息名称：手机号\n目的：登录\n第三方主体：丙公司\n";
        assert_eq!(found(list), [row("丁分享SDK", "imei"), row("丁统计SDK", "imei"), row("丙登录", "phone_number")]);
        let paid =
            "我们接入了支付宝提供的支付服务。我们需要将您的订单号与交易金额信息与这些支付机构共享以确认您的支付指令。";
        assert_eq!(found(paid), [row("支付宝", "payment")]);
        // Companies as labels of what they bring; names with a colon over labelled lines.
        let companies = "第三方合作伙伴列表：\n某某科技（深圳）有限公司：丁SDK、乙SDK\n某某软件有限公司：丙SDK\n";
        assert_eq!(found(companies), [row("丁SDK", ""), row("乙SDK", ""), row("丙SDK", "")]);
        let entry = |name: &str| format!("{name}\n使用目的：统计\n第三方名称：某某公司\n收集信息：IMEI\n\n");
        let list = format!("第三方SDK列表：\n{}{}", entry("（1）甲 SDK:"), entry("（2）乙SDK:"));
        assert_eq!(found(&list), [row("甲 SDK", "imei"), row("乙SDK", "imei")]);
    }

    #[test]
    fn traditional_chinese() {
        let text = "甲應用隱私權政策\n\n三、第三方SDK\nSDK名稱：極光推送SDK\n使用目的：推播訊息\n蒐集個人資訊類型：裝置型號、MAC位址\n\n我們會向伺服器存取您的行動電話號碼。\n";
        let knowledge = Knowledge::embedded();
        let policy = crate::facts::policy::as_read(Policy::from_text("p.txt", text), &knowledge);
        let rows = read(&policy, &knowledge).listed;
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((row.name.as_str(), row.sdks.join(" ").as_str()), ("極光推送SDK", "jpush"));
        assert_eq!(row.items, ["device_model", "mac"]);
    }

    #[test]
    fn prose_that_names_none() {
        for text in [
            "我们可能会接入由第三方提供的软件开发包（SDK）实现相关功能。",
            "我们没有接入极光推送SDK，不会收集您的IMEI。",
            "请您仔细阅读《友盟SDK隐私政策》，并收集您的意见。",
            "如您发现此类SDK收集您的信息，请联系我们。",
            "您可以关注我们的微信公众号，或把图片分享给微信好友。",
            "我们会调用系统API获取您的设备信息。",
            "甲应用SDK会收集您的IMEI。",
            "您的账户及交易信息会用于集成服务的统计。",
            "为了提供服务，我们会使用第三方提供的软件服务工具包（简称 SDK）来提供服务。",
            "1.2SDK技术由与我们合作的第三方机构提供。",
        ] {
            assert!(names(text).is_empty(), "{text}: {:?}", names(text));
        }
    }

    #[test]
    fn prose_tells_items_purpose_and_company() {
        let rows = listed(
            "为了向您推送消息，我们使用了浙江某某股份有限公司的极光推送SDK，该SDK需要获取您的IMEI、设备型号，用于下发通知，详见《极光隐私政策》。此类SDK还会收集您的MAC地址。",
        );
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!(row.sdks, ["jpush"]);
        assert_eq!(row.items, ["device_model", "imei", "mac"]);
        let columns = [Column::Vendor, Column::Purpose, Column::Items, Column::Link];
        assert!(columns.iter().all(|column| row.columns.contains(column)), "{row:?}");
        // What is for something is not taken; what is given is.
        let rows = listed("我们会将您的手机号提供给极光推送，用于发送短信。");
        assert_eq!(rows[0].items, ["phone_number"]);
    }

    #[test]
    fn tables_that_were_copied_cell_by_cell() {
        let heading = "第三方公司名称\n产品/服务\n涉及个人信息\n使用场景\n使用目的\n共享方式\n第三方链接\n";
        let rows = "甲公司\n极光推送\nIMEI、Android ID\n推送消息时\n推送消息\nSDK本机采集\nhttps://a.cn/privacy\nhttps://a.cn/sdk\n乙公司\n微博SDK\nMAC地址\n设备型号\n分享时\n分享\nSDK本机采集\n微博：https://b.cn\n三、保存\n我们保存30天。\n";
        let rows = listed(&format!("我们接入了以下SDK。\n{heading}{rows}"));
        let found: Vec<(&str, String)> = rows.iter().map(|row| (row.name.as_str(), row.items.join(" "))).collect();
        assert_eq!(found, [("极光推送", "android_id imei".to_owned()), ("微博SDK", "device_model mac".to_owned())]);
        assert!(rows.iter().all(|row| row.columns.contains(&Column::Vendor) && row.columns.contains(&Column::Link)));
        // Labels in a row without what makes a list of third parties are headings of something else.
        assert!(listed("使用目的\n使用场景\n共享方式\n第三方链接\n推送\n推送时\n本机\nhttps://a.cn\n").is_empty());
    }

    #[test]
    fn prose_adds_to_lists() {
        let rows = listed("SDK名称：极光推送SDK\n使用目的：推送\n\n我们使用极光推送SDK，它会收集您的IMEI。");
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!(rows[0].items, ["imei"]);
    }

    #[test]
    fn words_for_third_parties_name_none() {
        let generic = ["第三方", "sdk", "类", "服务商"].map(str::to_owned);
        assert!(has_own_word("甲SDK", &generic) && is_marked("甲SDK"));
        assert!(!has_own_word("第三方SDK类服务商", &generic));
        assert!(!is_marked("同时"));
    }

    #[test]
    fn names_stand_without_their_numbers() {
        for (name, wanted) in [
            ("③微博分享SDK", "微博分享SDK"),
            ("2.1微信SDK；", "微信SDK"),
            ("（1）极光推送", "极光推送"),
            ("360手机助手", "360手机助手"),
            ("友盟+", "友盟+"),
            ("J. 甲推送", "甲推送"),
            ("（十一）甲SDK", "甲SDK"),
            ("二、乙SDK", "乙SDK"),
            ("三六零SDK", "三六零SDK"),
        ] {
            assert_eq!(unnumbered(name), wanted);
        }
    }
}
