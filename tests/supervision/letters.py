"""A realistic matter and a coordination, as the builders of their letters take them."""

from datetime import date

from evalsys.supervision.coordination.letters.papers import CoordinationTold
from evalsys.supervision.matters.letters.parts import MatterTold

TOLD = MatterTold(
    office="云州市人民政府督查室",
    title="充电桩用电报装超期",
    source="企业诉求",
    reference="QY-2026-0117",
    says="企业反映充电桩用电报装受理后二十个工作日未答复，设备闲置。",
    owner="云州市行政审批服务局企业登记处",
    handler="王海宁",
    co_owners=("云州市住房和城乡建设局城建处",),
    demand="请核实报装进度，协调供电单位限期答复企业。",
    assigned_on=date(2026, 11, 12),
    term=7,
    due_on=date(2026, 11, 23),
    marks=(("near", date(2026, 11, 20)), ("urge", date(2026, 11, 23))),
)
COORDINATED = CoordinationTold(
    title="企业注销跑五个窗口",
    says="请求税务、社保、登记一次办清。",
    conveners="丁建国 局长",
    raised_on=date(2026, 11, 10),
    called=("云州市行政审批服务局企业登记处", "云州市人力资源和社会保障局社保处"),
)
