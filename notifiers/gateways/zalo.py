"""Zalo, to a phone number: a template that Zalo approved for an Official Account (ZNS), filled in and sent by POST.

Facts from Zalo's public documentation: the access token travels in the header `access_token`; the answer is
`{"error": 0, "message": "Success", "data": {"msg_id": …}}`. A channel needs the values `template_id` and, where the
approved template has other parameters than `noi_dung`, the option `body`. Access tokens run out after about a day;
renewing one is the administrator's (code -124 until then).
"""

from __future__ import annotations

from notifiers.gateways.json_form import Form

ADDRESS = "https://business.openapi.zalo.me/message/template"

ZALO = Form(
    headers={"access_token": "{secret}"},
    body={
        "phone": "{phone}",
        "template_id": "{template_id}",
        "template_data": {"noi_dung": "{subject}"},
        "tracking_id": "{id}",
    },
    code="error",
    words="message",
    accepted=frozenset({"0"}),
    for_good=frozenset({"-108", "-118", "-119"}),  # number invalid, has no Zalo, cannot receive
    about_us=frozenset({"-101", "-102", "-103", "-104", "-105", "-115", "-117", "-124"}),  # application, credit, token
)
