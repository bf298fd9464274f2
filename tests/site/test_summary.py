import re
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator
from msgspec.json import decode

from mingdan.ledger.market import incident
from mingdan.ledger.market.incident import Trouble
from mingdan.ledger.policy import DAY, HOUR
from mingdan.site.summary import COMPONENT, GRAVITY, IMPACT, STATUS, summary

from .registered import EMPTY, FULL, SKUS, listed, register, reported, told
from .stories import EDITION, NOON, some_figures

DOCS = Path(__file__).parents[2] / "docs" / "feeds.md"
ACKNOWLEDGED = (-0.9, "huanan-daili", incident.Acknowledged())
ACTED = (-0.8, "huanan-daili", incident.Acted(action="stop_intake"))

TEXT: dict[str, object] = {"type": "string"}
DATE = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
MAYBE_DATE = {"anyOf": [DATE, {"type": "null"}]}
MAYBE = {"type": ["string", "null"]}
FLAG = {"type": "boolean"}


def shape(**properties: object) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def one_of(*values: str) -> dict[str, object]:
    return {"enum": values}


def many(of: object) -> dict[str, object]:
    return {"type": "array", "items": of}


# The answer as Statuspage documents it at /api of every page of its own.
COMPONENT_SHAPE = shape(
    id=TEXT,
    name=TEXT,
    status=one_of(
        "operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"
    ),
    created_at=DATE,
    updated_at=DATE,
    position={"type": "integer", "minimum": 1},
    description=MAYBE,
    showcase=FLAG,
    start_date=MAYBE,
    group_id=MAYBE,
    page_id=TEXT,
    group=FLAG,
    only_show_if_degraded=FLAG,
)
UPDATE = shape(
    id=TEXT,
    status=TEXT,
    body=TEXT,
    incident_id=TEXT,
    created_at=DATE,
    updated_at=DATE,
    display_at=DATE,
    affected_components={"type": ["array", "null"]},
    deliver_notifications=FLAG,
    custom_tweet=MAYBE,
    tweet_id=MAYBE,
)
INCIDENT = {
    "id": TEXT,
    "name": TEXT,
    "status": one_of("investigating", "identified", "monitoring", "resolved", "postmortem"),
    "created_at": DATE,
    "updated_at": DATE,
    "monitoring_at": MAYBE_DATE,
    "resolved_at": MAYBE_DATE,
    "impact": one_of("none", "minor", "major", "critical"),
    "shortlink": TEXT,
    "started_at": DATE,
    "page_id": TEXT,
    "incident_updates": {**many(UPDATE), "minItems": 1},
    "components": many(COMPONENT_SHAPE),
}
MAINTENANCE = INCIDENT | {
    "status": one_of("scheduled", "in_progress", "verifying", "completed"),
    "impact": one_of("maintenance"),
    "scheduled_for": DATE,
    "scheduled_until": MAYBE_DATE,
}
STATUSPAGE = Draft202012Validator(
    shape(
        page=shape(id=TEXT, name=TEXT, url=TEXT, time_zone=TEXT, updated_at=DATE),
        components=many(COMPONENT_SHAPE),
        incidents=many(shape(**INCIDENT)),
        scheduled_maintenances=many(shape(**MAINTENANCE)),
        status=shape(indicator=one_of("none", "minor", "major", "critical", "maintenance"), description=TEXT),
    )
)


def answer(*incidents, language: str = "zh-CN", platforms=("yunka",)) -> dict[str, Any]:
    told_register = register(*SKUS, listed("other-1", platform="xinpingtai"), *incidents)
    figures = [some_figures(scope=f"platform/{name}") for name in platforms]
    found = decode(summary(EDITION, language, told_register, figures)[1])
    STATUSPAGE.validate(found)
    return found


def indicator(*incidents) -> str:
    return answer(*incidents)["status"]["indicator"]


def test_a_full_and_an_empty_register_have_the_shape_that_monitors_read(language):
    mark = "" if language == "zh-CN" else ".en"
    for told_register in (FULL, EMPTY):
        path, content = summary(EDITION, language, told_register, [some_figures()])

        assert path == f"summary{mark}.json"
        STATUSPAGE.validate(decode(content))


def test_without_an_open_exception_all_is_well():
    found = answer(reported("cut-7", ACKNOWLEDGED, (-0.5, "hexin-gonghuo", incident.Resolved())))

    assert found["status"] == {"indicator": "none", "description": "没有未解除的异常"}
    assert (found["incidents"], found["scheduled_maintenances"]) == ([], [])
    assert [each["status"] for each in found["components"]] == ["operational"]


@pytest.mark.parametrize(("kind", "impact"), IMPACT.items())
def test_a_kind_weighs_what_the_table_says(kind, impact):
    found = answer(reported("x", kind=kind))

    assert found["status"]["indicator"] == impact
    assert [each["status"] for each in found["components"]] == [COMPONENT[impact]]
    assert [each["impact"] for each in found["incidents"] + found["scheduled_maintenances"]] == [impact]


def test_every_kind_of_exception_weighs_something():
    assert {*IMPACT} == {*get_args(Trouble)}
    assert {*IMPACT.values()} <= {*GRAVITY} == {*COMPONENT}


def test_the_gravest_exception_decides():
    assert indicator(reported("a", kind="surge"), reported("b"), reported("c", kind="maintenance")) == "major"
    assert indicator(reported("a", kind="surge"), reported("c", kind="maintenance")) == "minor"


def test_a_component_is_only_as_bad_as_what_touches_its_goods():
    found = answer(reported("cut-7"), platforms=("yunka", "xinpingtai"))

    assert {each["name"]: each["status"] for each in found["components"]} == {
        "xinpingtai": "operational",
        "yunka": "partial_outage",
    }
    assert [each["name"] for each in found["incidents"][0]["components"]] == ["yunka"]


def test_what_is_announced_and_has_not_begun_weighs_on_nothing_yet():
    later = told(
        "exception/later",
        (
            -1,
            "hexin-gonghuo",
            incident.Reported(
                kind="maintenance", scope=("hexin-points",), starts=NOON + DAY, expected_end=NOON + DAY + HOUR
            ),
        ),
    )
    found = answer(later)

    (maintenance,) = found["scheduled_maintenances"]
    assert (maintenance["status"], found["status"]["indicator"]) == ("scheduled", "none")
    assert (maintenance["scheduled_for"], maintenance["scheduled_until"]) == (
        "2026-11-23T04:00:00Z",
        "2026-11-23T05:00:00Z",
    )


def test_a_maintenance_under_way_is_told_apart_from_incidents():
    found = answer(reported("x", kind="maintenance"))

    assert found["incidents"] == []
    assert [each["status"] for each in found["scheduled_maintenances"]] == ["in_progress"]


@pytest.mark.parametrize(
    ("steps", "status"),
    [((), "investigating"), ((ACKNOWLEDGED,), "identified"), ((ACKNOWLEDGED, ACTED), "monitoring")],
)
def test_an_incident_is_as_far_as_its_last_word(steps, status):
    (found,) = answer(reported("x", *steps))["incidents"]

    assert found["status"] == status
    assert found["incident_updates"][0]["status"] == status
    assert len(found["incident_updates"]) == 1 + len(steps)


def test_an_incident_leads_to_what_is_told_of_it():
    (found,) = answer(reported("cut-7"), language="en")["incidents"]

    assert found["shortlink"] == "https://demo.mingdan.example/exceptions/index.en.html#cut-7"
    assert found["name"] == "Exception cut-7, supplier cut the supply"


def test_the_tables_are_documented():
    rows = {tuple(re.findall(r"`(\w+)`", line)) for line in DOCS.read_text(encoding="utf-8").splitlines()}

    assert rows >= {(kind, impact, COMPONENT[impact]) for kind, impact in IMPACT.items()}
    assert rows >= {(kind.partition(".")[2], status) for kind, status in STATUS.items()}
