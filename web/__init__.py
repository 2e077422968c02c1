"""The pages: what people see in a browser, and what machines ask for (docs/decisions/0014-pages.md).

request → `security` (headers, origin) → `guard` (who, may they) → a folder of routes (`lead/`, `committee/`, …) →
`bangiao` → `rendering` → page.
"""
