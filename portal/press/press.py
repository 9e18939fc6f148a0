"""From HTML to PDF, in a process of its own: `python press.py < order > file.pdf`.

The order is one JSON object: `html`, `labels` (what a link to an anchor should say), `attachments` and `at` (the moment
that the file is dated by). Nothing but our own style sheet and letters is ever read: whatever a text on the page asks
for, the fetcher refuses. The same order gives the same bytes.
"""

from __future__ import annotations

import gc
import json
import logging
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).resolve().parent / "assets"
BASE = "https://report.invalid/"
MISSING_LIBRARY = 3

PT_PER_PX = 0.75
UA_IDENTIFIER = (
    b'<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><pdfuaid:part>1</pdfuaid:part></rdf:Description>'
)
UA_EXTENSION = (
    b'<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" '
    b'xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
    b'<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">'
    b"<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>"
    b"<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>"
    b'<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">'
    b"<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>"
    b"<pdfaProperty:category>internal</pdfaProperty:category>"
    b"<pdfaProperty:description>Indicates, which part of ISO 14289 standard is followed</pdfaProperty:description>"
    b"</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"
)


def main() -> int:
    """Read the order, write the file; warnings go to standard error, one a line."""
    order = json.load(sys.stdin)
    try:
        import weasyprint
    except OSError as error:
        print(error, file=sys.stderr)
        return MISSING_LIBRARY
    logging.getLogger("weasyprint").handlers = [logging.StreamHandler(sys.stderr)]
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    sys.stdout.buffer.write(press(weasyprint, order))
    return 0


def press(weasyprint: Any, order: dict[str, Any]) -> bytes:
    """The PDF of an order: tagged, PDF/UA-1 and PDF/A-3a at once."""
    fetcher = _own_fetcher()
    fonts = weasyprint.text.fonts.FontConfiguration()
    sheet = (ASSETS / "report.css").read_text()
    styles = weasyprint.CSS(string=sheet, base_url=BASE, url_fetcher=fetcher, font_config=fonts)
    page = weasyprint.HTML(string=order["html"], base_url=BASE, url_fetcher=fetcher)
    data: bytes = page.write_pdf(
        stylesheets=[styles],
        font_config=fonts,
        pdf_variant="pdf/a-3a",
        finisher=make_finisher(order["labels"]),
        attachments=[_attachment(weasyprint, fetcher, each, order["at"]) for each in order["attachments"]],
    )
    return data


def _own_fetcher() -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnAssets(URLFetcher):  # type: ignore[misc, unused-ignore]
        """Serves the files beside this one, and nothing else from anywhere."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            wanted = (ASSETS / url.removeprefix(BASE)).resolve()
            if not url.startswith(BASE) or ASSETS not in wanted.parents or not wanted.is_file():
                raise ValueError("a paper shows nothing from elsewhere")
            return URLFetcherResponse(url, body=wanted.read_bytes())

    return OwnAssets()


def _attachment(weasyprint: Any, fetcher: Any, each: dict[str, str], at: str) -> Any:
    moment = datetime.fromisoformat(at)
    return weasyprint.Attachment(
        string=each["text"],
        url_fetcher=fetcher,
        name=each["name"],
        description=each["description"],
        relationship="Data",
        created=moment,
        modified=moment,
    )


def make_finisher(labels: dict[str, str]) -> Any:
    """Adds what the file still lacks for both standards: scopes of table heads, boxes of figures, words of links."""
    import pydyf

    def finish(document: Any, pdf: Any) -> None:
        by_reference = {each.reference: each for each in pdf.objects if isinstance(each, pydyf.Object) and each.number}
        metadata = by_reference[pdf.catalog["Metadata"]]
        metadata.stream = [metadata.stream[0].replace(b"</rdf:RDF>", UA_IDENTIFIER + UA_EXTENSION + b"</rdf:RDF>")]
        metadata.compress = False
        pages = {reference: place for place, reference in enumerate(pdf.page_references)}
        for node in pdf.objects:
            if isinstance(node, pydyf.Dictionary):
                _finish_node(node, by_reference, pages, document, labels)

    return finish


def _finish_node(node: Any, by_reference: Any, pages: Any, document: Any, labels: dict[str, str]) -> None:
    import pydyf

    if node.get("S") == "/TH":
        group = by_reference[by_reference[node["P"]]["P"]]
        node["A"]["Scope"] = "/Column" if group.get("S") == "/THead" else "/Row"
    elif node.get("S") == "/Figure" and "BBox" in node.get("A", {}):
        x1, y1, x2, y2 = (value * PT_PER_PX for value in node["A"]["BBox"])  # CSS pixels from the top
        height = document.pages[pages[node["Pg"]]].height * PT_PER_PX
        node["A"]["BBox"] = pydyf.Array((x1, height - y2, x2, height - y1))
    elif node.get("Subtype") == "/Link" and "Dest" in node:
        anchor = getattr(node["Dest"], "string", str(node["Dest"]))
        node["Contents"] = pydyf.String(labels.get(anchor, anchor))


if __name__ == "__main__":
    sys.exit(main())
