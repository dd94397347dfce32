//! The command line as clap reads it.

mod many;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::Options;
use crate::limits::Limits;
use crate::report::Lang;
use crate::report::form::Form;
use crate::report::groups::Grouping;

pub(super) use many::{AnalysisArgs, BaselineCommand, BatchArgs, CreateArgs, DiffArgs, DiffFormat, FailOn, InitArgs};

/// 明察 mingcha: audits Android apps for privacy compliance in mainland China, from the APK, with evidence.
#[derive(Debug, Parser)]
#[command(name = "mingcha", version, max_term_width = 110)]
pub(super) struct Cli {
    /// Language of texts 输出语言
    #[arg(long, global = true, value_enum, default_value = "zh")]
    pub(super) lang: Lang,
    /// Folder of signature files laid over the built-in ones 叠加的特征库目录
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) signatures: Option<PathBuf>,
    /// Settings; without it, the nearest mingcha.toml in this folder or above 配置文件
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Audit an app 检测应用
    Scan(ScanArgs),
    /// Audit many apps: a report each, a table and an overview 批量检测
    Batch(BatchArgs),
    /// What a version adds, takes away and changes 比较两个版本
    Diff(DiffArgs),
    /// Draw a line under the findings that are there 建立基线
    Baseline {
        #[command(subcommand)]
        command: BaselineCommand,
    },
    /// Write a mingcha.toml with comments 生成配置文件
    Init(InitArgs),
    /// Show what an app holds 查看应用内容
    Inspect(InspectArgs),
    /// Third-party SDKs of an app, or of the signatures 列出第三方 SDK
    Sdks(SdksArgs),
    /// What is known of a rule, clause, permission, item, SDK, profile or app type 说明规则、条款、权限、个人信息、SDK 等
    Explain(ExplainArgs),
    /// The rules, or one of them 列出规则
    Rules(RulesArgs),
    /// Profiles of lines of business, with their rules 列出场景
    Profiles(ProfilesArgs),
    /// The clauses of the law: which rules decide them, how far, and what is left by hand 列出法规条款
    Clauses(ClausesArgs),
    /// Draft the lists that operators must publish: items, SDKs, permissions, filing facts 生成清单草稿
    Disclose(DiscloseArgs),
    /// Read a privacy policy without an app 检查隐私政策
    Policy {
        #[command(subcommand)]
        command: PolicyCommand,
    },
    /// Print completions for a shell 输出命令补全脚本
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Write manual pages, one a command 输出手册页
    Man {
        /// Where they go 输出目录
        #[arg(default_value = ".")]
        folder: PathBuf,
    },
    /// Work with signature files 特征库
    Signatures {
        #[command(subcommand)]
        command: SignaturesCommand,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

/// Forms of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TableFormat {
    Text,
    Json,
    Csv,
    Markdown,
}

/// Bounds on one input; what they mean: docs/limits.md.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct LimitArgs {
    /// Most entries of an archive 条目数上限
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_entries, help_heading = "Limits")]
    max_entries: u64,
    /// Most bytes one entry may inflate to 单个条目解压上限（字节）
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().max_entry_bytes, help_heading = "Limits")]
    max_entry_bytes: u64,
    /// Most bytes all entries may inflate to 解压总量上限（字节）
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().max_total_bytes, help_heading = "Limits")]
    max_total_bytes: u64,
    /// How deep archives inside archives are opened 嵌套层数上限
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_nesting, help_heading = "Limits")]
    max_nesting: u32,
}

impl LimitArgs {
    pub(super) fn limits(self) -> Limits {
        Limits {
            max_entries: self.max_entries,
            max_entry_bytes: self.max_entry_bytes,
            max_total_bytes: self.max_total_bytes,
            max_nesting: self.max_nesting,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct ScanArgs {
    /// .apk, .apks, .xapk, .apkm, or a folder of split APKs
    pub(super) app: PathBuf,
    #[command(flatten)]
    analysis: AnalysisArgs,
    /// Form of the report, or several with commas between; what each is for: docs/reports.md 报告格式，可用逗号给出多种
    #[arg(long, value_enum, default_value = "text", value_delimiter = ',', value_name = "FORM")]
    pub(super) format: Vec<Form>,
    /// Write the report to this file; of several forms, into this folder 输出文件或目录
    #[arg(short, long, value_name = "FILE|DIR")]
    pub(super) output: Option<PathBuf>,
    /// Exit with 1 when a finding that counts is of this severity or worse, or is a violation, or a risk or
    /// violation 达到该级别时以 1 退出
    #[arg(long, value_enum, default_value = "never", value_name = "SEVERITY|violation|risk")]
    pub(super) fail_on: FailOn,
    /// Findings in this file are old and do not count; `mingcha baseline create` writes it 基线文件
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Leave out what could be used against the app, so that the report can be published; docs/reports.md 脱敏
    #[arg(long)]
    pub(super) redact: bool,
    /// Call paths shown for each finding in the text report; JSON holds them all 每条结论展示的调用路径数
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) evidence_paths: usize,
    /// Show all places and all call paths of each finding in the text report 展示全部证据与调用路径
    #[arg(short, long)]
    pub(super) verbose: bool,
    /// How the text report is arranged: by behaviour, by clause with what is left to check by hand, or by SDK 结论的分组方式
    #[arg(long, value_enum, default_value = "behaviour")]
    pub(super) group: Grouping,
    /// Add how long each stage took 附加各阶段耗时
    #[arg(long)]
    timings: bool,
}

impl ScanArgs {
    pub(super) fn options(&self, lang: Lang) -> Options {
        Options { timings: self.timings, ..self.analysis.options(lang) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum What {
    Manifest,
    Permissions,
    Components,
    Resources,
    Strings,
    Classes,
    Native,
    Certs,
    /// Hosts: who names them, whose they are, the country of the company
    Endpoints,
    /// Whose each class, component, permission, key, library and asset is, and why
    Owners,
    /// Sizes of the call graph and, with `--to`, who calls a method
    Callgraph,
    /// Call paths to a method, by phase: needs `--to`
    Paths,
    /// Phases: entry points, methods reached, consent screen, stored decisions
    Phases,
    /// Screens: what they show, what they lead to, taps from the first screen
    Ui,
    /// What the app offers its user: policy, consent, accounts, switches, lists
    Surfaces,
    /// The shortest way to a text: needs `--to TEXT`
    Clickpath,
}

#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// .apk, .apks, .xapk, .apkm, or a folder of split APKs
    pub(super) app: PathBuf,
    /// What to show
    #[arg(value_enum)]
    pub(super) what: What,
    /// Method for `callgraph` and `paths`, as CLASS.METHOD or METHOD; text for `clickpath` 目标方法或文字
    #[arg(long, value_name = "CLASS.METHOD|TEXT")]
    pub(super) to: Option<String>,
    /// Form of the output 输出格式
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
}

#[derive(Debug, Args)]
pub(super) struct SdksArgs {
    /// App to look into; without one, all known SDKs are listed
    pub(super) app: Option<PathBuf>,
    /// Privacy policy to compare with
    #[arg(long, value_name = "FILE", requires = "app")]
    pub(super) policy: Vec<PathBuf>,
    /// Plain libraries too 包括通用库
    #[arg(long)]
    pub(super) all: bool,
    /// Form of the output 输出格式
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: TableFormat,
}

/// Forms of drafts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DiscloseFormat {
    Markdown,
    Html,
    Xlsx,
    Csv,
    Json,
}

#[derive(Debug, Args)]
pub(super) struct DiscloseArgs {
    /// .apk, .apks, .xapk, .apkm, or a folder of split APKs
    pub(super) app: PathBuf,
    /// One list alone: items, sdks, permissions, filing, or data-safety for Google Play's form 只生成一张清单
    #[arg(long, value_name = "LIST")]
    pub(super) list: Option<String>,
    /// Form of the draft 输出格式
    #[arg(long, value_enum, default_value = "markdown")]
    pub(super) format: DiscloseFormat,
    /// Write it to a file 输出文件
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    limits: LimitArgs,
}

impl DiscloseArgs {
    pub(super) fn options(&self, lang: Lang) -> Options {
        Options { limits: self.limits.limits(), lang, ..Options::default() }
    }
}

/// What can be explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ExplainKind {
    Rule,
    Clause,
    Document,
    Permission,
    Item,
    Sdk,
    Profile,
    AppType,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Id or any name of a rule, clause, document, permission, item of personal information, SDK, profile or app type
    pub(super) subject: String,
    /// Only things of this kind 只说明该类对象
    #[arg(long, value_enum)]
    pub(super) kind: Option<ExplainKind>,
    /// Form of the output 输出格式
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    /// Rule to explain; without one, all are listed
    pub(super) rule: Option<String>,
    /// List the 39 app types instead 列出 App 类型
    #[arg(long, conflicts_with = "rule")]
    pub(super) app_types: bool,
    /// Form of the output 输出格式
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct ClausesArgs {
    /// Id of a document or clause such as cac191 or pipl.13, or a part of the document's title or number; without one, all
    pub(super) which: Option<String>,
    /// Those alone that this rule decides 由该规则判定的条款
    #[arg(long, value_name = "RULE")]
    pub(super) rule: Option<String>,
    /// Those alone that bind apps of this profile 适用于该场景的条款
    #[arg(long, value_name = "PROFILE")]
    pub(super) profile: Option<String>,
    /// Those alone that no rule decides 须人工核查的条款
    #[arg(long)]
    pub(super) by_hand: bool,
    /// Form of the output 输出格式
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: TableFormat,
}

#[derive(Debug, Args)]
pub(super) struct ProfilesArgs {
    /// Form of the output 输出格式
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// What it leaves out, and what it names 缺少哪些必备内容、提到了什么
    Check(PolicyArgs),
    /// What was understood of it, sentence by sentence 逐句说明识别结果
    Explain(PolicyArgs),
}

#[derive(Debug, Args)]
pub(super) struct PolicyArgs {
    /// The policy: TXT, Markdown, HTML, DOCX or PDF, or its address
    pub(super) file: PathBuf,
    /// Form of the output 输出格式
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
    /// Exit with 1 when something required is missing and of this severity or worse 缺少内容达到该级别时以 1 退出
    #[arg(long, value_enum, default_value = "never", value_name = "SEVERITY")]
    pub(super) fail_on: FailOn,
}

#[derive(Debug, Subcommand)]
pub(super) enum SignaturesCommand {
    /// Check a folder of signature files; every mistake with file and line 检查特征库
    Check {
        /// The folder
        dir: PathBuf,
    },
    /// Read the shapes of classes out of packages that still have their names 采集类特征
    Shapes {
        /// Packages with the classes of SDKs and libraries
        #[arg(required = true)]
        apps: Vec<PathBuf>,
        /// Where the table goes
        #[arg(short, long)]
        output: Option<PathBuf>,
    },
}
