import base64
import json
import stat
import tempfile
import unittest
from pathlib import Path

from datakeep import TokenFile
from datakeep._stores import is_due_for_renewal

day = 86_400


def token(**claims: int) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.x"


class RenewalTest(unittest.TestCase):
    def test_is_due_in_the_last_third_of_a_life(self) -> None:
        living = token(iat=0, exp=90 * day)
        self.assertFalse(is_due_for_renewal(living, 59 * day))
        self.assertTrue(is_due_for_renewal(living, 61 * day))
        self.assertFalse(is_due_for_renewal(living, 91 * day))

    def test_is_not_for_what_has_no_end_or_cannot_be_read(self) -> None:
        self.assertFalse(is_due_for_renewal(token(iat=0), 91 * day))
        for other in ("opaque", "a.b.c", "a.W10.c", ""):
            self.assertFalse(is_due_for_renewal(other, 0))


class TokenFileTest(unittest.TestCase):
    def test_is_for_its_owner_alone_and_replaced_whole(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "token")
            tokens = TokenFile(path)
            self.assertIsNone(tokens.load())
            tokens.save("first")
            # What a crash left.
            Path(folder, "token.next").write_text("half")
            tokens.save("second")
            self.assertEqual(tokens.load(), "second")
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
            self.assertEqual([file.name for file in Path(folder).iterdir()], ["token"])
