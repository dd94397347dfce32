//! Arguments of `batch`, `diff`, `baseline` and `init`, and what they share with `scan`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::LimitArgs;
use crate::Options;
use crate::date::Date;
use crate::outcome::Severity;
use crate::report::Lang;
use crate::report::gate::Threshold;

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "write a day as YYYY-MM-DD".into())
}

/// What decides how an app is judged.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct AnalysisArgs {
    /// Privacy policy to compare with: TXT, Markdown, HTML, DOCX or PDF, or its address; give it again for its list of SDKs and
    /// the like 隐私政策文件，可多次给出
    #[arg(long, value_name = "FILE")]
    policy: Vec<PathBuf>,
    /// Let words such as 设备信息 in the policy disclose IMEI, OAID and the like 概括性用语视为已披露
    #[arg(long)]
    accept_general_terms: bool,
    /// One of the 39 common app types, by id or Chinese name, or `auto` for the one that the app suggests; `mingcha rules
    /// --app-types` lists them App 类型
    #[arg(long, value_name = "TYPE")]
    app_type: Option<String>,
    /// Line of business, with its own rules and severities, or `auto` for the one that the app suggests; `mingcha
    /// profiles` lists them 行业场景
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// What is declared about the app outside its package: store, operator, filing numbers; TOML or JSON,
    /// docs/metadata.md 应用元数据文件
    #[arg(long, value_name = "FILE")]
    metadata: Option<PathBuf>,
    /// Day as of which is judged, YYYY-MM-DD; today without 判断基准日
    #[arg(long, value_name = "DATE", value_parser = day)]
    as_of: Option<Date>,
    /// Severity of a rule's findings in place of its own, such as unused-permission=low 调整某条规则的严重程度
    #[arg(long, value_name = "RULE=LEVEL", value_delimiter = ',')]
    severity: Vec<String>,
    /// Only these rules 只执行这些规则
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    only: Vec<String>,
    /// All rules but these; the report names them 跳过这些规则
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    skip: Vec<String>,
    #[command(flatten)]
    limits: LimitArgs,
}

impl AnalysisArgs {
    pub(in crate::cli) fn options(&self, lang: Lang) -> Options {
        Options {
            limits: self.limits.limits(),
            policy: self.policy.clone(),
            accepts_general_terms: self.accept_general_terms,
            app_type: self.app_type.clone(),
            profile: self.profile.clone(),
            metadata: self.metadata.clone(),
            as_of: self.as_of,
            severity: self.severity.clone(),
            only: self.only.clone(),
            skip: self.skip.clone(),
            lang,
            timings: false,
        }
    }
}

/// What makes a gate fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum FailOn {
    Critical,
    High,
    Medium,
    Low,
    Info,
    /// A violation, however severe
    Violation,
    /// A violation or a risk
    Risk,
    Never,
}

impl FailOn {
    pub(in crate::cli) fn threshold(self) -> Option<Threshold> {
        Some(match self {
            Self::Critical => Threshold::Severity(Severity::Critical),
            Self::High => Threshold::Severity(Severity::High),
            Self::Medium => Threshold::Severity(Severity::Medium),
            Self::Low => Threshold::Severity(Severity::Low),
            Self::Info => Threshold::Severity(Severity::Info),
            Self::Violation => Threshold::Violation,
            Self::Risk => Threshold::Risk,
            Self::Never => return None,
        })
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct BatchArgs {
    /// Apps, folders to look through, patterns in quotes, `@FILE` with a path a line, or `-` for such lines on
    /// stdin 应用、目录、通配符、@列表文件或标准输入
    #[arg(required = true, value_name = "INPUT")]
    pub(in crate::cli) inputs: Vec<String>,
    /// Folder for the reports, the table and the overview; what is finished there is not done again 输出目录
    #[arg(short, long, value_name = "DIR")]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Apps at a time; as many as there are cores when 0 并行数
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(in crate::cli) jobs: usize,
    /// Most bytes of apps that are open at a time; a larger app is scanned alone 同时处理的总字节数上限
    #[arg(long, value_name = "BYTES", default_value_t = crate::batch::DEFAULT_BYTES_IN_FLIGHT)]
    pub(in crate::cli) max_bytes_in_flight: u64,
    /// Exit with 1 when a finding that counts is of this severity or worse, or is a violation, or a risk or
    /// violation 达到该级别时以 1 退出
    #[arg(long, value_enum, default_value = "never", value_name = "SEVERITY|violation|risk")]
    pub(in crate::cli) fail_on: FailOn,
    /// Leave out what could be used against an app, so that the reports can be published; docs/reports.md 脱敏
    #[arg(long)]
    pub(in crate::cli) redact: bool,
    #[command(flatten)]
    pub(in crate::cli) analysis: AnalysisArgs,
}

/// Forms of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DiffFormat {
    Text,
    Markdown,
    Html,
    Json,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DiffArgs {
    /// The version before: an app or a JSON report 旧版本
    pub(in crate::cli) old: PathBuf,
    /// The version after: an app or a JSON report 新版本
    pub(in crate::cli) new: PathBuf,
    /// Form of the output 输出格式
    #[arg(long, value_enum, default_value = "text")]
    pub(in crate::cli) format: DiffFormat,
    /// Write it to a file 输出文件
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Exit with 1 when the new version adds a finding of this kind, or makes one worse 新增结论达到该级别时以 1 退出
    #[arg(long, value_enum, default_value = "never", value_name = "SEVERITY|violation|risk")]
    pub(in crate::cli) fail_on_new: FailOn,
    #[command(flatten)]
    pub(in crate::cli) analysis: AnalysisArgs,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum BaselineCommand {
    /// Write the findings of an app or a JSON report to a baseline 写入基线
    Create(CreateArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct CreateArgs {
    /// An app, or a JSON report of one
    pub(in crate::cli) app: PathBuf,
    /// Where the baseline goes; stdout without it 输出文件
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) analysis: AnalysisArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct InitArgs {
    /// Where it goes 输出目录
    #[arg(default_value = ".")]
    pub(in crate::cli) folder: PathBuf,
    /// Write over a file that is there 覆盖已有文件
    #[arg(long)]
    pub(in crate::cli) force: bool,
}
