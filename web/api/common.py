"""What the documents of several resources have in common."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field

Instant = Annotated[str, Field(description="RFC 3339, with its zone.", examples=["2025-06-17T01:00:00Z"])]
UnitKeyText = Annotated[str, Field(description="The key of a unit: generation and code.", examples=["new:00634"])]
Account = Annotated[str, Field(description="A person's account.", examples=["lan"])]

StepPath = Annotated[int, Path(description="The step's number.", ge=0, lt=10**18, examples=[1_000_001])]
UnitPath = Annotated[str, Path(description="The unit's key.", examples=["new:00634"])]
DecisionPath = Annotated[
    str,
    Path(description="The decision's number; its slashes may be written as %2F.", examples=["1656/NQ-UBTVQH15"]),
]
PackagePath = Annotated[str, Path(description="The package's id.", examples=["goi-minh-chung-000001"])]
DigestPath = Annotated[str, Path(description="SHA-256 of the file, as the list of evidence has it.")]


class Words(BaseModel):
    """A text that stands in both languages."""

    vi: str = Field(examples=["Sao lưu dữ liệu"])
    en: str = Field(examples=["Back up data"])


class UnitName(BaseModel):
    """A unit as others name it."""

    key: UnitKeyText
    name: str = Field(examples=["Phường Hoàn Kiếm"])
