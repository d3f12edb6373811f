"""Mistakes of tables are told in the chosen language."""

from __future__ import annotations

from pathlib import Path

import pytest

from carbonlab.errors import TableError
from carbonlab.formats import read
from carbonlab.messages import in_language

FLOWS = "id,name,kind,unit,direction\ncup,Cup,product,kg,\nco2,Carbon dioxide,elementary,kg,emited\n"
PROCESSES = "id,name,location\nmake,Make cup,CN\n"
EXCHANGES = (
    "process,flow,direction,amount,unit,reference\n"
    "make,cup,output,1,kg,yes\nmake,co2,output,abc,kg,\nmake,cupp,input,2,kWh,\n"
)


def test_mistakes_are_told_in_the_chosen_language(tmp_path: Path) -> None:
    for name, text in (("flows", FLOWS), ("processes", PROCESSES), ("exchanges", EXCHANGES)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    with pytest.raises(TableError) as english:
        read(tmp_path)
    assert "there are 3 mistakes" in str(english.value)
    with in_language("zh_CN"), pytest.raises(TableError) as chinese:
        read(tmp_path)
    said = str(chinese.value)
    assert "表格中有 3 处错误" in said
    assert "exchanges.csv，第 3 行，amount 列：'abc' 不是数值" in said
    assert "是否指 'cup'" in said
    assert [cell[:3] for cell in chinese.value.cells] == [cell[:3] for cell in english.value.cells]
