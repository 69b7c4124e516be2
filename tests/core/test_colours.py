"""The colours of a picture are those that were photographed, though the profile that says which they are is dropped."""

from __future__ import annotations

import io
from dataclasses import asdict

import pytest
from PIL import Image
from tests.core.profiles import profile

from talkoot.files import pictures, redrawing

RED = (220, 60, 40)
WIDE = (241, 30, 4)  # the same red of Display P3 in the numbers of sRGB


def drawn(mode="RGB", colour=RED, kind="PNG", **more):
    """The middle of the picture as it is kept."""
    out = io.BytesIO()
    Image.new(mode, (320, 240), colour).save(out, kind, **more)
    facts, (_, small) = redrawing.redraw(out.getvalue(), asdict(pictures.WISH))
    assert facts["kind"] == "webp"
    made = Image.open(io.BytesIO(small))
    assert "icc_profile" not in made.info
    return made.getpixel((160, 120))


def near(found, wanted, by=8):
    return all(abs(a - b) <= by for a, b in zip(found, wanted, strict=True))


def test_a_picture_of_a_phone_keeps_its_colours():
    assert near(drawn(icc_profile=profile()), WIDE)
    assert near(drawn(kind="JPEG", quality=95, icc_profile=profile()), WIDE)
    assert near(drawn(), RED), "without a profile its numbers are those of browsers"


def test_a_clear_picture_keeps_them_too_and_stays_clear():
    assert near(drawn("RGBA", (*RED, 128), icc_profile=profile()), (*WIDE, 128))


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_profile_of_another_kind_of_picture_is_passed_over(mode):
    plain = drawn(mode, 90 if mode == "L" else (0, 200, 200, 20), "JPEG", quality=95)
    with_profile = drawn(mode, 90 if mode == "L" else (0, 200, 200, 20), "JPEG", quality=95, icc_profile=profile())
    assert near(plain, with_profile, 2)


def test_a_palette_is_turned_into_colours_first():
    made = Image.new("RGB", (320, 240), RED).quantize(4)
    out = io.BytesIO()
    made.save(out, "PNG", icc_profile=profile())
    _, (_, small) = redrawing.redraw(out.getvalue(), asdict(pictures.WISH))
    assert near(Image.open(io.BytesIO(small)).getpixel((160, 120)), WIDE)


@pytest.mark.parametrize(
    "bad",
    [
        b"x",
        b"no profile " * 50,
        profile()[:200],
        profile()[:132] + bytes(400),
        profile() + bytes(redrawing.LARGEST_PROFILE),
    ],
    ids=["a letter", "words", "cut off", "empty", "too large"],
)
def test_a_bad_profile_is_passed_over(bad):
    assert near(drawn(kind="JPEG", quality=95, icc_profile=bad), RED)
