import pytest

from mingdan.ledger.errors import MalformedSource
from mingdan.ledger.intake.language import Source
from mingdan.ledger.intake.source import SourceFile
from mingdan.ledger.intake.xes import xes_rows

WANTED = ("case:concept:name", "concept:name", "time:timestamp", "org:resource")
EVENT = '<event><string key="concept:name" value="{}"/></event>'
LOG = """<?xml version="1.0" encoding="utf-8" ?>
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
 <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
 <global scope="event"><string key="concept:name" value="__INVALID__"/></global>
 <classifier name="Activity" keys="concept:name"/>
 <string key="concept:name" value="the log"/>
 <trace>
  <string key="concept:name" value="A"/>
  <list key="parts"><values><string key="concept:name" value="nested"/></values></list>
  <event>
   <string key="concept:name" value="Pay &amp; go"><string key="org:resource" value="nested"/></string>
   <date key="time:timestamp" value="2018-01-02T12:53:00+00:00"/>
   <int key="amount" value="7"/>
  </event>
  <event><string key="concept:name" value="Ship"/><boolean key="org:resource" value="true"/></event>
 </trace>
 <trace><string key="concept:name" value="B"/><event><string key="concept:name" value="Pay"/></event></trace>
 <trace/>
 <event><string key="concept:name" value="of no trace"/></event>
</log>
"""


def rows(tmp_path, content):
    path = tmp_path / "log.xes"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    source = Source(
        name="shop", shape="log", format="xes", case=WANTED[0], activity=WANTED[1], time=WANTED[2]
    )
    with SourceFile(path) as file:
        return [*xes_rows(file, source, frozenset(WANTED))]


def test_every_event_is_a_row_with_its_traces_attributes(tmp_path):
    found = rows(tmp_path, LOG)

    assert [row.cells for row in found] == [
        {
            "case:concept:name": "A",
            "concept:name": "Pay & go",
            "time:timestamp": "2018-01-02T12:53:00+00:00",
        },
        {"case:concept:name": "A", "concept:name": "Ship", "org:resource": "true"},
        {"case:concept:name": "B", "concept:name": "Pay"},
        {"concept:name": "of no trace"},
    ]


def test_a_row_knows_its_number_and_its_line(tmp_path):
    assert [(row.number, row.line) for row in rows(tmp_path, LOG)] == [(1, 10), (2, 15), (3, 17), (4, 19)]


def test_the_encoding_is_what_the_xml_says(tmp_path):
    log = f'<?xml version="1.0" encoding="iso-8859-1"?><log><trace>{EVENT.format("Réception")}</trace></log>'

    assert rows(tmp_path, log.encode("latin-1"))[0].cells == {"concept:name": "Réception"}


def test_a_log_torn_anywhere_is_refused(tmp_path):
    end = len(LOG.rstrip())

    for cut in range(0, end, 7):
        with pytest.raises(MalformedSource, match="not whole XML"):
            rows(tmp_path, LOG[:cut])


def test_torn_xml_names_its_line_and_row(tmp_path):
    with pytest.raises(MalformedSource, match="not whole XML: mismatched tag") as refused:
        rows(tmp_path, LOG.replace("<boolean", "<boolea>", 1))

    assert (refused.value.evidence["line"], refused.value.evidence["row"]) == (15, 2)


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE log [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE log SYSTEM "file:///etc/hostname">',
        '<!DOCTYPE log [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    ],
)
def test_a_document_type_is_refused_before_any_entity(tmp_path, declared):
    with pytest.raises(MalformedSource, match="document type"):
        rows(tmp_path, f"{declared}<log><trace>{EVENT.format('&b;')}</trace></log>")


@pytest.mark.parametrize("xml", ["<html/>", '<xes:log xmlns:xes="http://www.xes-standard.org/"/>'])
def test_xml_that_is_no_log_is_not_read_as_an_empty_one(tmp_path, xml):
    with pytest.raises(MalformedSource, match="not an XES log"):
        rows(tmp_path, xml)


@pytest.mark.parametrize(("attribute", "lacks"), [('key="a"', "value"), ('value="a"', "key")])
def test_an_attribute_has_a_key_and_a_value(tmp_path, attribute, lacks):
    with pytest.raises(MalformedSource, match=f"without its {lacks}"):
        rows(tmp_path, f"<log><trace><event><string {attribute}/></event></trace></log>")


def test_a_traces_attribute_after_its_events_would_be_missed_so_it_is_refused(tmp_path):
    late = '<string key="concept:name" value="A"/>'

    with pytest.raises(MalformedSource, match="after its events"):
        rows(tmp_path, f"<log><trace>{EVENT.format('Pay')}{late}</trace></log>")
