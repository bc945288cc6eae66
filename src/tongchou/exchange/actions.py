"""What the trail's actions of the exchange are called (操作名称)."""

from typing import Final

LABELS: Final = {
    "exchange.receive_import": "接收导入文件",
    "exchange.take_in_import": "导入文件入库",
    "exchange.cancel_import": "取消导入",
    "exchange.register_partner": "登记交换对象",
    "exchange.change_partner": "变更交换对象",
    "exchange.add_format": "登记文件格式",
    "exchange.agree": "登记交换约定",
    "exchange.end_agreement": "终止交换约定",
    "exchange.make_file": "生成交换文件",
    "exchange.send_file": "发送交换文件",
    "exchange.receipt_file": "登记签收回执",
    "exchange.cancel_file": "撤销交换文件",
    "exchange.answer_file": "接收回盘",
    "exchange.reconcile_file": "交换文件对账",
    "exchange.take_file_out": "下载交换文件",
    "exchange.take_rejected": "认领退回明细",
    "exchange.resolve_rejected": "处理退回明细",
}
