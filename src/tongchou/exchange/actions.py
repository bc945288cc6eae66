"""What the trail's actions of the exchange are called (操作名称)."""

from typing import Final

LABELS: Final = {
    "exchange.receive_import": "接收导入文件",
    "exchange.take_in_import": "导入文件入库",
    "exchange.cancel_import": "取消导入",
}
