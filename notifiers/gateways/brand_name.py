"""SMS under a registered brand name (customer-care messages): one number per POST.

The form follows eSMS.vn's public documentation, whose shape several providers share. `RequestId` keeps a repeat from
going out twice: code 124 says that it went out before, which is what was wanted. A channel needs the value `brand`;
`user` is the API key and `secret` the secret key.
"""

from __future__ import annotations

from notifiers.gateways.json_form import Form

ADDRESS = "https://rest.esms.vn/MainService.svc/json/SendMultipleMessage_V4_post_json/"

BRAND_NAME = Form(
    body={
        "ApiKey": "{user}",
        "SecretKey": "{secret}",
        "Brandname": "{brand}",
        "Phone": "{phone}",
        "Content": "{text}",
        "SmsType": "2",
        "IsUnicode": "1",
        "RequestId": "{id}",
    },
    code="CodeResult",
    words="ErrorMessage",
    accepted=frozenset({"100", "124"}),
    for_good=frozenset({"99", "108", "118", "146"}),  # number blocked, number malformed, kind of message, wording
    about_us=frozenset({"101", "102", "103", "104", "140"}),  # keys, prices, credit, brand name, our address
)
