"""The demo's words, written in each language."""

from __future__ import annotations

from models.config import Language

_EN = {
    "sandbox": "Sandbox: Zoho CRM and 纷享销客 at {url}",
    "prefect": "Prefect: {url}",
    "first": "First run: read everything, compute, write back, publish (Fxiaoke takes 100 writes in 20 s) …",
    "edits": "Salespeople win, lose, edit and delete some records …",
    "second": "Second run: only what changed …",
    "pulled": "Pulled: first run, then after the edits (echo: our own writes, read back)",
    "pulled_columns": "source|stream|rows|calls|s|changed|new|deleted|echo|calls|s",
    "edited": "Edits in {source}: {acts}.",
    "won": "{count} won",
    "lost": "{count} lost",
    "edited_records": "{count} edited",
    "deleted": "{count} deleted",
    "comma": ", ",
    "leaderboard": "Leaderboard {quarter} · all sources",
    "leaderboard_columns": "|name|score|reason",
    "tiers": "Tiers · {count} changed after the edits",
    "tiers_columns": "customer|tier|reason",
    "written": "Written back: first run, then after the edits",
    "written_columns": "source|field|planned|applied|conflict|rejected|planned|applied",
    "example": "For example {source} {label}: {field} {change}",
    "writes": "The sandbox counts {count:,} write calls; automation fired in {fired} of them.",
    "again": "Compared again: {differ} of {compared:,} values differ.",
    "note": "Note: {problem}",
    "where": "Warehouse {warehouse} · page {page} · {duration} in all",
    "next": "Next:",
    "daily": "  (while it runs, in another terminal: {command} run daily --config {config})",
}

_ZH = {
    "sandbox": "沙箱：Zoho CRM 与纷享销客，{url}",
    "prefect": "Prefect：{url}",
    "first": "第一次运行：全量读取、计算、写回、发布（纷享销客每 20 秒限 100 次写入）…",
    "edits": "销售人员在 CRM 里赢单、输单、修改和删除若干记录 …",
    "second": "第二次运行：只读取有变化的 …",
    "pulled": "读取：第一次运行，以及修改之后（回读：读到我们自己写入的值）",
    "pulled_columns": "来源|数据流|行数|调用|秒|变更|新增|删除|回读|调用|秒",
    "edited": "{source} 里的修改：{acts}。",
    "won": "赢单 {count}",
    "lost": "输单 {count}",
    "edited_records": "修改 {count}",
    "deleted": "删除 {count}",
    "comma": "，",
    "leaderboard": "{quarter} 排行榜 · 全部来源",
    "leaderboard_columns": "|姓名|得分|原因",
    "tiers": "客户分级 · 修改之后 {count} 家有变化",
    "tiers_columns": "客户|等级|原因",
    "written": "写回：第一次运行，以及修改之后",
    "written_columns": "来源|字段|计划|已写|冲突|被拒|计划|已写",
    "example": "例如 {source} {label}：{field} {change}",
    "writes": "沙箱共记录 {count:,} 次写入调用，其中触发自动化的 {fired} 次。",
    "again": "再次比较：{compared:,} 个值中有 {differ} 个不同。",
    "note": "提示：{problem}",
    "where": "数据仓库 {warehouse} · 报告 {page} · 共用 {duration}",
    "next": "接下来可以试试：",
    "daily": "  （沙箱运行时，在另一个终端：{command} run daily --config {config}）",
}

PHRASES: dict[Language, dict[str, str]] = {"en": _EN, "zh": _ZH}
