"""A package with any single fault is refused with line, key and reason (BEN-44; GX2017 §134)."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.policy.errors import PackageRefused
from tongchou.policy.findings import Fault
from tongchou.policy.packages import Package
from tongchou.policy.tests.support import TSET_FILE

TEXT = TSET_FILE.read_text(encoding="utf-8")

SERIOUS = """    unit: bands
    value:
      - {until: 50000, ratio: 60}
      - {until: 100000, ratio: 70}
      - {ratio: 80}"""

FAULTS = {
    # the text itself
    "格式错误": ("package:", "package: [", Fault.UNREADABLE, ""),
    "引用": ("kinds:", "kinds: &kinds", Fault.ALIAS, ""),
    "类型标签": ("value: 150000", "value: !!int 150000", Fault.ALIAS, ""),
    "重复键": ("  cap.pool:\n", "  cap.outpatient:\n", Fault.DUPLICATE_KEY, "parameters.cap.outpatient"),
    "重复顶层键": ("rounding:", "documents: {}\nrounding:", Fault.DUPLICATE_KEY, "documents"),
    # keys
    "未知顶层键": ("rounding:", "roundings: {}\nrounding:", Fault.UNKNOWN_KEY, "roundings"),
    "未知参数属性": ("value: 150000, source", "value: 150000, currency: CNY, source", Fault.UNKNOWN_KEY, "currency"),
    "未知规则属性": ("        counts: [stays]", "        count: [stays]", Fault.UNKNOWN_KEY, "count"),
    "未知条件": ("when: {kind: [maternity]}", "when: {kind: [maternity], sex: [f]}", Fault.UNKNOWN_KEY, "sex"),
    "缺生效日期": ("  valid_from: 2018-01-01\n", "", Fault.MISSING_KEY, "package.valid_from"),
    "缺单位": ("unit: percent, value: 10,", "value: 10,", Fault.MISSING_KEY, "parameters.pre_self_pay.B.unit"),
    "缺规则标签": ("        label: 住院统筹\n", "", Fault.MISSING_KEY, "label"),
    "缺支付方式": ("        pays: account_balance\n", "", Fault.MISSING_KEY, "pays"),
    "缺比例": ("        ratio: ratio.inpatient\n", "", Fault.MISSING_KEY, "ratio"),
    "缺子基金": ("        sub_fund: outpatient_pool\n", "", Fault.MISSING_KEY, "sub_fund"),
    # shapes and values
    "列表写成值": ("counts: [stays]", "counts: stays", Fault.WRONG_SHAPE, "counts"),
    "账户规则写了比例": (
        "        pays: account_balance\n",
        "        pays: account_balance\n        ratio: ratio.outpatient\n",
        Fault.WRONG_SHAPE,
        "ratio",
    ),
    "日期写法": ("valid_from: 2018-01-01", "valid_from: 2018/1/1", Fault.BAD_VALUE, "package.valid_from"),
    "不存在的日期": ("valid_from: 2018-01-01", "valid_from: 2018-02-30", Fault.BAD_VALUE, "package.valid_from"),
    "金额带逗号": ("value: 150000", 'value: "150,000"', Fault.BAD_VALUE, "parameters.cap.pool"),
    "金额为负": ("value: 150000", "value: -1", Fault.BAD_VALUE, "parameters.cap.pool"),
    "金额小于一分": ("value: 150000", "value: 0.001", Fault.BAD_VALUE, "parameters.cap.pool"),
    "金额科学计数": ("value: 150000", "value: 1.5e5", Fault.BAD_VALUE, "parameters.cap.pool"),
    "金额过大": ("value: 150000", "value: 99999999999", Fault.BAD_VALUE, "parameters.cap.pool"),
    "金额为空": ("unit: yuan, value: 150000", "unit: yuan, value: ''", Fault.BAD_VALUE, "parameters.cap.pool"),
    "选项不在列": ("value: difference", "value: half", Fault.BAD_VALUE, "parameters.deductible.transfer_mode"),
    "系统不识的选项": (
        "choices: [discharge, split]\n    value: discharge",
        "choices: [weekly]\n    value: weekly",
        Fault.BAD_VALUE,
        "parameters.crossyear.mode",
    ),
    "开关": (
        "label: 下转免计起付线, unit: switch, value: yes",
        "label: 下转免计起付线, unit: switch, value: maybe",
        Fault.BAD_VALUE,
        "waive_deductible",
    ),
    "月日": ("value: 09-01", "value: 13-01", Fault.BAD_VALUE, "contrib.window.normal.from"),
    "二月二十九": ("value: 09-01", "value: 02-29", Fault.BAD_VALUE, "contrib.window.normal.from"),
    "舍入方式": ("mode: half_up", "mode: bankers", Fault.BAD_VALUE, "rounding.mode"),
    "舍入单位": ("unit: 0.01", "unit: 0.05", Fault.BAD_VALUE, "rounding.unit"),
    "等级写法": ("levels: {L1: 一级", "levels: {一级: 一级, L1: 一级", Fault.BAD_VALUE, "levels"),
    "险种": ("scheme: resident", "scheme: rural", Fault.BAD_VALUE, "package.scheme"),
    "失效早于生效": (
        "valid_from: 2018-01-01\n",
        "valid_from: 2018-01-01\n  valid_until: 2017-01-01\n",
        Fault.PERIOD,
        "valid_until",
    ),
    # ratios and bands
    "比例超过100%": (
        "home: {L1: 90, L2: 75, L3: 60}",
        "home: {L1: 90, L2: 175, L3: 60}",
        Fault.RATIO_RANGE,
        "parameters.ratio.inpatient.values.home.L2",
    ),
    "比例为负": (
        "unit: percent, value: 10,",
        "unit: percent, value: -10,",
        Fault.RATIO_RANGE,
        "parameters.pre_self_pay.B",
    ),
    "分段比例超过100%": (
        "- {until: 50000, ratio: 60}",
        "- {until: 50000, ratio: 160}",
        Fault.RATIO_RANGE,
        "serious.ratio",
    ),
    "分段不上升": ("- {until: 100000, ratio: 70}", "- {until: 40000, ratio: 70}", Fault.BANDS, "serious.ratio"),
    "分段上限相等": ("- {until: 100000, ratio: 70}", "- {until: 50000, ratio: 70}", Fault.BANDS, "serious.ratio"),
    "末段封口": ("- {ratio: 80}", "- {until: 200000, ratio: 80}", Fault.BANDS, "serious.ratio"),
    "中段敞口": ("- {until: 50000, ratio: 60}", "- {ratio: 60}", Fault.BANDS, "serious.ratio"),
    "分段为空": (SERIOUS, "    unit: bands\n    value: []", Fault.BANDS, "serious.ratio"),
    # names
    "缺参数": (
        "home: {L1: 90, L2: 75, L3: 60}",
        "home: {L1: 90, L2: 75}",
        Fault.MISSING_PARAMETER,
        "parameters.ratio.inpatient",
    ),
    "规则引用不存在的参数": (
        "ratio: ratio.outpatient",
        "ratio: ratio.outpatients",
        Fault.MISSING_PARAMETER,
        "basic.outpatient",
    ),
    "定额缺金额": ("            amount: patient_share.by_disease\n", "", Fault.MISSING_KEY, "amount"),
    "定额方式": ("            pays: fixed_share\n", "            pays: ratio\n", Fault.WRONG_SHAPE, "pays"),
    "定额条款无出处": (
        "            article: GX2017 §92\n",
        "            article: XX §1\n",
        Fault.NO_SOURCE,
        "inpatient",
    ),
    "定额病种没有值": (
        "values: {阑尾炎: 1000}",
        "values: {高血压: 1000}",
        Fault.MISSING_PARAMETER,
        "patient_share.by_disease",
    ),
    "病种的医疗类别": ("kinds: [chronic]}", "kinds: [chronics]}", Fault.UNKNOWN_NAME, "diseases.高血压.kinds"),
    "慢性病缺固定参数": (
        "  chronic.unmarked_lines:\n",
        "  chronic.unmarked:\n",
        Fault.MISSING_PARAMETER,
        "chronic.unmarked_lines",
    ),
    "家庭病床缺固定参数": (
        "  homebed.discharge_day:\n",
        "  homebed.discharged:\n",
        Fault.MISSING_PARAMETER,
        "homebed.discharge_day",
    ),
    "缺固定参数": ("  crossyear.mode:\n", "  crossyear.modes:\n", Fault.MISSING_PARAMETER, "crossyear.mode"),
    "固定参数待定": ("value: 09-01", "value: undefined", Fault.MISSING_PARAMETER, "contrib.window.normal.from"),
    "文件没人引用": (
        "documents:\n",
        "documents:\n  OLD: {title: 旧文件}\n",
        Fault.UNUSED,
        "documents.OLD",
    ),
    "参数没人用": (
        "  cap.pool:\n",
        "  cap.old: {label: 旧, unit: yuan, value: 1, source: T-SET 旧, confidence: R}\n  cap.pool:\n",
        Fault.UNUSED,
        "parameters.cap.old",
    ),
    "累计项没人用": (
        "accumulators:\n",
        "accumulators:\n  old: {label: 旧, scope: year, measure: paid}\n",
        Fault.UNUSED,
        "accumulators.old",
    ),
    "单位不符": ("amount: maternity.fixed", "amount: ratio.outpatient", Fault.WRONG_UNIT, "basic.maternity"),
    "累计项没声明": ("counts: [stays]", "counts: [visits]", Fault.UNKNOWN_NAME, "basic.inpatient"),
    "累计内容不符": (
        "{limit: cap.outpatient, accumulator: outpatient_paid}",
        "{limit: cap.outpatient, accumulator: serious_own}",
        Fault.ACCUMULATOR,
        "basic.outpatient",
    ),
    "按年起付线没有累计项": (
        "{amount: deductible.chronic, per: year, accumulator: chronic_deductible}",
        "{amount: deductible.chronic, per: year}",
        Fault.ACCUMULATOR,
        "accumulator",
    ),
    "分段累计与起付线不一": (
        "deductible: {amount: serious.threshold, per: year, accumulator: serious_own}",
        "deductible: {amount: serious.threshold, per: year, accumulator: chronic_deductible}",
        Fault.ACCUMULATOR,
        "serious_illness.general",
    ),
    "累计项名称像代码": (
        "  stays: {label: 年度住院次数",
        "  'x = 1; stays': {label: 年度住院次数",
        Fault.BAD_VALUE,
        "accumulators.x = 1; stays",
    ),
    "子基金名称像代码": ("  project: 公共卫生", "  'a\\n b': 甲\n  project: 公共卫生", Fault.BAD_VALUE, "sub_funds"),
    "子基金没声明": ("sub_fund: medical_assistance", "sub_fund: charity", Fault.UNKNOWN_NAME, "medical_assistance"),
    "人群没声明": ("when: {groups: [dibao]}", "when: {groups: [dibaohu]}", Fault.UNKNOWN_NAME, "when.groups"),
    "等级没声明": (
        "home: {L1: 100, L2: 400, L3: 800}",
        "home: {L1: 100, L2: 400, L3: 800, L5: 900}",
        Fault.UNKNOWN_NAME,
        "parameters.deductible.inpatient",
    ),
    "类别没声明": ("when: {kind: [home_bed]}", "when: {kind: [home_beds]}", Fault.UNKNOWN_NAME, "when.kind"),
    "出处没声明": ("source: T-SET 封顶线", "source: 某文件 封顶线", Fault.NO_SOURCE, "parameters.cap.pool.source"),
    "出处没条款": ("source: T-SET 封顶线", "source: T-SET", Fault.NO_SOURCE, "parameters.cap.pool.source"),
    "待核实未标假定": (
        "source: T-SET 封顶线, confidence: R",
        "source: T-SET 封顶线, confidence: U",
        Fault.NO_SOURCE,
        "cap.pool.confidence",
    ),
    "规则条款没声明": ("article: GX2017 §66", "article: GX2099 §66", Fault.NO_SOURCE, "basic.chronic"),
    # proof
    "缺口": ("when: {kind: [maternity]}", "when: {kind: [maternity], level: [L1]}", Fault.GAP, "layers.basic"),
    "重叠": ("when: {kind: [maternity]}", "when: {kind: [maternity, inpatient]}", Fault.OVERLAP, "basic.maternity"),
    "规则重名": ("- rule: home_bed", "- rule: maternity", Fault.OVERLAP, "rules"),
    "起付线随等级下降": (
        "home: {L1: 100, L2: 400, L3: 800}",
        "home: {L1: 100, L2: 800, L3: 400}",
        Fault.NOT_MONOTONE,
        "parameters.deductible.inpatient",
    ),
    "比例随等级上升": (
        "home: {L1: 90, L2: 75, L3: 60}",
        "home: {L1: 60, L2: 75, L3: 90}",
        Fault.NOT_MONOTONE,
        "parameters.ratio.inpatient",
    ),
    "分段比例不上升": (
        "- {until: 100000, ratio: 70}",
        "- {until: 100000, ratio: 50}",
        Fault.NOT_MONOTONE,
        "parameters.serious.ratio",
    ),
    "升降的维度不在依据之内": (
        "    falls_with: [level]\n",
        "    falls_with: [stay]\n",
        Fault.UNKNOWN_NAME,
        "parameters.ratio.inpatient.falls_with",
    ),
    "不分段的按分段升降": (
        "    falls_with: [level]\n",
        "    falls_with: [segment]\n",
        Fault.UNKNOWN_NAME,
        "parameters.ratio.inpatient.falls_with",
    ),
    # exclusions, switches, groups
    "排除没有条件": (
        "    when: {contracted: [no], emergency: [no]}\n",
        "",
        Fault.MISSING_KEY,
        "exclusions[1].when",
    ),
    "排除没有理由": (
        "    reason: 在非定点机构发生的非急诊费用不予支付\n",
        "",
        Fault.MISSING_KEY,
        "exclusions[1].reason",
    ),
    "排除重名": ("- exclusion: emergency_manual", "- exclusion: not_contracted", Fault.OVERLAP, "exclusions"),
    "排除条件的取值": (
        "channel: [direct]}",
        "channel: [online]}",
        Fault.UNKNOWN_NAME,
        "when.channel",
    ),
    "排除条款没声明": (
        "    article: NM-ACCT §15\n",
        "    article: NM-ACC §15\n",
        Fault.NO_SOURCE,
        "basic.not_contracted",
    ),
    "排除写了支付": (
        "    reason: 在非定点机构发生的非急诊费用不予支付\n",
        "    reason: 在非定点机构发生的非急诊费用不予支付\n    pays: ratio\n",
        Fault.UNKNOWN_KEY,
        "exclusions[1].pays",
    ),
    "开关的选项不在列": (
        "switch: maternity.mode=fixed",
        "switch: maternity.mode=lump",
        Fault.BAD_VALUE,
        "basic.maternity",
    ),
    "开关没写选项": ("switch: maternity.mode=fixed", "switch: maternity.mode=", Fault.BAD_VALUE, "switch"),
    "选项当开关用": ("switch: maternity.mode=fixed", "switch: maternity.mode", Fault.WRONG_UNIT, "basic.maternity"),
    "生育方式没有规则使用": (
        "            switch: maternity.mode=fixed\n",
        "",
        Fault.UNUSED,
        "parameters.maternity.mode",
    ),
    "账户开关没有规则使用": ("        enabled: acc.enabled\n", "", Fault.UNUSED, "parameters.acc.enabled"),
    "有账户层缺账户开关": ("  acc.enabled:\n", "  acc.on:\n", Fault.MISSING_PARAMETER, "parameters.acc.enabled"),
    "有人群缺优先规则": ("  group.priority:\n", "  group.order:\n", Fault.MISSING_PARAMETER, "group.priority"),
    "有生育缺新生儿规则": (
        "  newborn.with_mother:\n",
        "  newborn.mother:\n",
        Fault.MISSING_PARAMETER,
        "newborn.with_mother",
    ),
    "缺目录规则": ("  away.catalogue:\n", "  away.list:\n", Fault.MISSING_PARAMETER, "away.catalogue"),
    "人群优先的选项": (
        "choices: [most_favourable, listed]\n    value: most_favourable",
        "choices: [first]\n    value: first",
        Fault.BAD_VALUE,
        "parameters.group.priority",
    ),
    "人员类别没声明": (
        "when: {kind: [maternity]}\n        base",
        "when: {kind: [maternity], category: [retired]}\n        base",
        Fault.UNKNOWN_NAME,
        "when.category",
    ),
    # bases
    "基数的词": (
        "base: [rest]\n        pays: account_balance",
        "base: [balance]\n        pays: account_balance",
        Fault.BAD_VALUE,
        "base",
    ),
    "基数重复计算": (
        "base: [rest]\n        pays: account_balance",
        "base: [rest, coinsurance]\n        pays: account_balance",
        Fault.OVERLAP,
        "account.account",
    ),
    "基本层以自身的起付线为基数": (
        "when: {kind: [outpatient], designated: [yes]}\n        base: [in_scope]",
        "when: {kind: [outpatient], designated: [yes]}\n        base: [coinsurance]",
        Fault.WRONG_SHAPE,
        "basic.outpatient",
    ),
    "带开关的部分不在账户": (
        "when: {kind: [outpatient], designated: [yes]}\n        base: [in_scope]",
        "when: {kind: [outpatient], designated: [yes]}\n        base: [{part: in_scope, switch: acc.enabled}]",
        Fault.WRONG_SHAPE,
        "basic.outpatient",
    ),
    "部分没写开关": (
        "base: [rest]\n        pays: account_balance",
        "base: [{part: rest}]\n        pays: account_balance",
        Fault.MISSING_KEY,
        "base[1].switch",
    ),
    "部分的开关没声明": (
        "base: [rest]\n        pays: account_balance",
        "base: [{part: rest, switch: acc.uses.own}]\n        pays: account_balance",
        Fault.MISSING_PARAMETER,
        "account.account",
    ),
    "规则的舍入单位": (
        "        sub_fund: medical_assistance\n",
        "        sub_fund: medical_assistance\n        rounding: {mode: down, unit: 5}\n",
        Fault.BAD_VALUE,
        "rounding.unit",
    ),
    "不按比例的规则写了舍入": (
        "        pays: account_balance\n",
        "        pays: account_balance\n        rounding: {mode: down, unit: 1}\n",
        Fault.WRONG_SHAPE,
        "rounding",
    ),
    "支付层重复": ("- layer: medical_assistance", "- layer: serious_illness", Fault.OVERLAP, "layer"),
}


def mutated(old: str, new: str) -> bytes:
    assert old in TEXT, old
    return TEXT.replace(old, new, 1).encode()


def test_the_list_of_faults_is_long():
    assert len(FAULTS) >= 100


def test_the_package_itself_is_sound():
    assert Package.parse(TEXT.encode()).label == "test/resident/2018-01-01"


@pytest.mark.requirement("BEN-44")
@pytest.mark.article("GX2017 §134")
@pytest.mark.parametrize(
    ("old", "new", "fault", "key"),
    FAULTS.values(),
    ids=FAULTS.keys(),
)
def test_a_single_fault_is_refused_with_line_key_and_reason(old, new, fault, key):
    with pytest.raises(PackageRefused) as refused:
        Package.parse(mutated(old, new))
    found = [finding for finding in refused.value.findings if finding.fault is fault]
    assert found, refused.value.findings
    assert any(key in finding.key for finding in found), found
    assert all(1 <= finding.line <= TEXT.count("\n") + 10 for finding in found)
    assert all(finding.reason for finding in found)


@pytest.mark.requirement("BEN-44")
@pytest.mark.parametrize(
    ("old", "new", "lines_below"),
    [("value: 150000", "value: x", 0), ("  cap.pool:\n", "  cap.outpatient:\n", 5), ("mode: half_up", "mode: up", 0)],
)
def test_the_line_is_that_of_the_fault(old, new, lines_below):
    with pytest.raises(PackageRefused) as refused:
        Package.parse(mutated(old, new))
    assert refused.value.findings[0].line == TEXT[: TEXT.index(old)].count("\n") + 1 + lines_below


def test_every_fault_is_told_at_once():
    text = TEXT.replace("value: 150000", "value: x").replace("mode: half_up", "mode: up")
    with pytest.raises(PackageRefused) as refused:
        Package.parse(text.encode())
    assert len(refused.value.findings) == 2
    assert "共2处" in str(refused.value)


def test_the_account_comes_last():
    account = TEXT[TEXT.index("  - layer: account") :]
    moved = TEXT.replace(account, "").replace(
        "  - layer: medical_assistance", account + "\n  - layer: medical_assistance"
    )
    with pytest.raises(PackageRefused) as refused:
        Package.parse(moved.encode())
    assert {finding.fault for finding in refused.value.findings} == {Fault.ORDER}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"a",
        b"\xff\xfe",
        b"- a\n- b",
        b"? {a: b}\n: c",
        b"[" * 5000,
        b"a: " * 100,
        b"x" * 2_100_000,
        b"\x00",
    ],
    ids=["空文件", "列表", "单词", "乱码", "条目", "复杂键", "过深", "冒号", "过大", "空字节"],
)
def test_what_is_no_package_is_refused_without_a_fault_of_ours(data):
    with pytest.raises(PackageRefused):
        Package.parse(data)


def test_a_misspelt_key_is_told_its_likely_name():
    with pytest.raises(PackageRefused) as refused:
        Package.parse(mutated("source: T-SET 封顶线, confidence: R", "source: T-SET 封顶线, confidense: R"))
    reasons = [finding.reason for finding in refused.value.findings]
    assert reasons == ["缺少键“confidence”", "未知的键“confidense”,是否应为“confidence”"]


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_a_package_with_lines_lost_or_doubled_is_read_or_refused_and_never_a_fault(data):
    lines = TEXT.splitlines(keepends=True)
    place = data.draw(st.integers(0, len(lines) - 1))
    count = data.draw(st.integers(1, 5))
    change = data.draw(st.sampled_from(("lost", "doubled", "cut", "moved")))
    if change == "lost":
        del lines[place : place + count]
    elif change == "doubled":
        lines[place:place] = lines[place : place + count]
    elif change == "moved":
        lines.insert(data.draw(st.integers(0, len(lines) - 1)), lines.pop(place))
    else:
        lines[place] = lines[place][: len(lines[place]) // 2] + "\n"
    with contextlib.suppress(PackageRefused):
        Package.parse("".join(lines).encode())


def test_two_fixed_amounts_that_may_meet_are_an_overlap():
    fixed = TEXT[
        TEXT.index("          - label: 按病种付费\n") : TEXT.index("        caps:\n          - {limit: cap.pool")
    ]
    twice = TEXT.replace(fixed, fixed + fixed.replace("label: 按病种付费", "label: 又一定额"))
    with pytest.raises(PackageRefused) as refused:
        Package.parse(twice.encode())
    assert [finding.fault for finding in refused.value.findings] == [Fault.OVERLAP]
    assert "又一定额" in str(refused.value.findings[0])
