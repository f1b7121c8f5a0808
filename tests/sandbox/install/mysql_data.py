"""Rows of the System database, as SQL for the mysql client: deterministic and streamed, from some thousands of rows to gigabytes."""
import json
from datetime import datetime, timedelta

from .mysql_schema import TABLES, create_routines, create_tables
from .words import Words

EPOCH = datetime(2019, 3, 1)
CHUNK = 256 * 1024
_ESCAPES = str.maketrans({"\0": "\\0", "\n": "\\n", "\r": "\\r", "\x1a": "\\Z", "\\": "\\\\", "'": "\\'"})
PERIODS = ("minute", "hour", "day", "week", "month", "eternity")
STATES = ("live", "pending", "suspended", "approved")


def literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.translate(_ESCAPES) + "'"
    if isinstance(value, bytes):
        return "0x" + value.hex() if value else "''"
    return str(int(value)) if isinstance(value, bool) else str(value)


class Rows:
    """One method a table, `n` the number of applications; every method yields tuples in the order of the table's columns."""

    def __init__(self, installation, n):
        self.n, self.tenant, self.domain = n, installation.tenant, installation.domain
        self.words = Words("mysql " + installation.name)
        self.rng = self.words.rng
        self.services_count, self.plans_count = max(3, n // 50), max(6, n // 25)

    def stamp(self, i):
        return str(EPOCH + timedelta(seconds=i * 977 % 190_000_000))

    def stamps(self, i):
        return self.stamp(i), self.stamp(i + 13)

    def provider(self, i):
        return 2 if i % 4 else 3

    def accounts(self):
        w = self.words
        yield (1, "Master", "", *self.stamps(1), 1, 0, None, f"master.{self.domain}", f"master.{self.domain}", None, "approved", None, None, None, 1)
        for i, name in ((2, self.tenant), (3, "globex")):
            yield (i, name, w.text(40), *self.stamps(i), 1, 0, 1, f"{name}.{self.domain}", f"{name}-admin.{self.domain}", "21.00", "approved", "{}", name, None, i)
        for i in range(4, self.n + 4):
            extra = json.dumps({"po_number": w.hex(8), "note": w.awkward()}, ensure_ascii=bool(i % 2))
            yield (i, w.awkward() if i % 9 == 0 else w.name(), w.text(self.rng.randint(10, 60)), *self.stamps(i), 0, 1, self.provider(i), None, None,
                   None if i % 3 else f"{i % 26}.{i % 100:02}", STATES[i % 4], extra, None, None if i % 5 else f"20{30 + i % 20}-0{1 + i % 9}-01", self.provider(i))

    def users(self):
        w = self.words
        for i in range(1, self.n + 4):
            digest = "$2a$10$" + w.hex(53)
            yield (i, f"user{i}", f"user{i}@{w.text(8).strip().replace(' ', '.')}.example.com", digest, self.rng.randbytes(20 + i % 20), *self.stamps(i), i,
                   "admin" if i % 7 else "member", "active", self.stamp(i) + f".{i % 1_000_000:06}", None if i % 3 else json.dumps({"phone": w.awkward()}), self.provider(i))

    def services(self):
        w = self.words
        for i in range(1, self.services_count + 1):
            yield (i, self.provider(i), w.name(), f"service_{i}", w.text(self.rng.randint(0, 400)) + w.awkward(), "incomplete", str(1 + i % 2), i % 2,
                   f"--- !ruby/hash\n:web_buyer:\n- {i}\n", *self.stamps(i), self.provider(i))

    def backend_apis(self):
        for i in range(1, self.services_count + 1):
            yield (i, self.words.name() + " 🚀", f"backend_{i}", self.words.text(200), f"https://api-{i}.example.com:443", self.provider(i), *self.stamps(i), self.provider(i))

    def backend_api_configs(self):
        for i in range(1, self.services_count + 1):
            yield (i, "/" if i % 2 else f"/v{i}", i, i, *self.stamps(i), self.provider(i))

    def plans(self):
        for i in range(1, self.plans_count + 1):
            yield (i, 1 + i % self.services_count, "Service", self.words.name(), f"plan_{i}", f"{i * 7 % 1000}.{i:08}", "0.00000001", i, "ApplicationPlan", "published",
                   *self.stamps(i), self.provider(i))

    def cinstances(self):
        w = self.words
        for i in range(1, self.n + 1):
            yield (i, 1 + i % self.plans_count, 4 + i % self.n, w.hex(32) if i % 2 else None, None if i % 2 else w.hex(8), 1 + i % self.services_count, w.name(),
                   w.awkward() if i % 11 == 0 else w.text(80), None, STATES[i % 4], self.stamp(i * 3), None, *self.stamps(i), self.provider(i))

    def application_keys(self):
        for i in range(1, self.n + 1):
            yield (i, 1 + i // 2, self.words.hex(32), *self.stamps(i), self.provider(i))

    def proxies(self):
        policies = json.dumps([{"name": "apicast", "version": "builtin", "configuration": {}}, {"name": "cors", "configuration": {"allow_origin": "*"}}])
        for i in range(1, self.services_count + 1):
            # The first service is the tenant's own: Zync made its Routes.
            name = f"api-{self.tenant if i == 1 else i}-apicast"
            yield (i, i, f"https://{name}-production.{self.domain}:443", f"https://{name}-staging.{self.domain}:443", "app_key", "Authentication failed",
                   "Shared_secret_sent_from_proxy_to_API_backend_" + self.words.hex(16), policies, None, i % 5, *self.stamps(i), self.provider(i))

    def proxy_configs(self):
        for i in range(1, self.services_count * 2 + 1):
            content = json.dumps({"id": i, "account_id": self.provider(i), "name": self.words.name(), "proxy": {"hosts": [f"h{i}.example.com"], "text": self.words.text(2000)}})
            yield (i, 1 + i // 2 % self.services_count, 2, i % 9, ("sandbox", "production")[i % 2], content, f'["h{i}.example.com"]', *self.stamps(i), self.provider(i))

    def proxy_rules(self):
        for i in range(1, self.services_count * 4 + 1):
            yield (i, 1 + i % self.services_count, ("GET", "POST", "PUT", "DELETE")[i % 4], f"/v{i}/{{id}}$", i, 1, i % 10, i % 2, *self.stamps(i), self.provider(i))

    def metrics(self):
        for i in range(1, self.services_count * 4 + 1):
            yield (i, "hits" if i % 4 == 1 else f"method_{i}", self.words.text(60), "hit", 1 + i // 4 % self.services_count, None if i % 4 == 1 else i - 1, *self.stamps(i), self.provider(i))

    def usage_limits(self):
        for i in range(1, self.plans_count * 2 + 1):
            yield (i, 1 + i % self.services_count, PERIODS[i % 6], 18446744073709551615 if i % 40 == 0 else i * 1000, 1 + i % self.plans_count, *self.stamps(i), self.provider(i))

    def invoices(self):
        for i in range(1, self.n // 4 + 1):
            month = f"20{20 + i % 5}-{1 + i % 12:02}"
            yield (i, self.provider(i), 4 + i % self.n, "fix" if i % 10 == 0 else f"{month}-{i:08}", month + "-01", ("open", "finalized", "paid")[i % 3], "EUR",
                   f"{i * 37 % 100000}.{i % 10000:04}", month + "-28", self.stamp(i), *self.stamps(i), self.provider(i))

    def invoice_counters(self):
        for i in range(1, 13):
            yield (i, 2, f"2024-{i:02}", i * 3, *self.stamps(i))

    def line_items(self):
        for i in range(1, self.n // 2 + 1):
            yield (i, 1 + i // 2 % max(1, self.n // 4), self.words.name(), self.words.text(40), f"-{i % 90}.{i % 10000:04}" if i % 17 == 0 else f"{i % 900}.5000", i % 9,
                   "LineItem::PlanCost", *self.stamps(i), self.provider(i))

    def cms_templates(self):
        w = self.words
        for i in range(1, max(12, self.n // 20) + 1):
            body = f"<!doctype html>\n<h1>{w.name()}</h1>\n{{% include 'menu' %}}\n<p>{w.text(self.rng.randint(2000, 14000))}</p>\n" + w.awkward() * 3
            draft = None if i % 3 else body.replace("<p>", "<p>🚧 ")
            yield (i, self.provider(i), ("CMS::Page", "CMS::Partial", "CMS::Layout")[i % 3], f"/page/{i}", w.awkward(), f"page_{i}", body, draft, i % 2,
                   json.dumps({"order": i, "tags": [w.name()], "empty": None, "pi": 3.14159}), *self.stamps(i), self.provider(i))

    def cms_files(self):
        for i in range(1, max(5, self.n // 50) + 1):
            yield (i, self.provider(i), f"file {i} – final (1).png", "image/png", i * 4096, self.words.hex(16), f"/files/{i}.png", *self.stamps(i), self.provider(i))

    def profile_images(self):
        for i in range(1, max(8, self.n // 25) + 1):
            thumbnail = bytes(range(256))[:255] if i % 4 == 0 else b"\x00'\"\\\n\r\x1a\x00" * (i % 5)
            yield (self.rng.randbytes(16), i, thumbnail, None if i % 6 == 0 else self.rng.randbytes(self.rng.randint(0, 3000)), b"\x00" * (1 + i % 8),
                   (0.1 + i / 7, 1e300, -0.0, 2.2250738585072014e-308)[i % 4])

    def access_tokens(self):
        for i in range(1, 9):
            yield (i, 1 + i % 3, "---\n- account_management\n- stats\n", self.words.hex(64), self.words.awkward(), ("ro", "rw")[i % 2], *self.stamps(i), self.provider(i))

    def event_store_events(self):
        w = self.words
        for i in range(1, self.n // 2 + 1):
            data = json.dumps({"application": {"_aj_globalid": f"gid://system/Cinstance/{i}"}, "service": 1 + i % self.services_count, "text": w.text(self.rng.randint(200, 900))})
            yield (i, "all", "Applications::ApplicationCreatedEvent", f"{w.hex(8)}-{w.hex(4)}-{i:012x}", "---\n:zync:\n  :tenant_id: 2\n", data, self.stamp(i) + f".{i % 1_000_000:06}", self.provider(i), self.provider(i))

    def audits(self):
        for i in range(1, self.n // 2 + 1):
            changes = f"---\nstate:\n- pending\n- live\ndescription:\n- {self.words.text(self.rng.randint(100, 500))}\n"
            yield (i, i, "Cinstance", 1 + i % self.n, "update", changes, i % 9, self.stamp(i), f"10.0.{i % 256}.{i * 7 % 256}", self.rng.randbytes(16), self.provider(i))

    def log_entries(self):
        for i in range(1, self.n // 2 + 1):
            yield (i, self.provider(i), 4 + i % self.n, 10 * (1 + i % 3), self.words.text(self.rng.randint(30, 120)), *self.stamps(i), self.provider(i))

    def settings(self):
        for i in range(1, 25):
            # latin1: only characters that it has.
            yield (i, self.provider(i), f"switch_{i}", ("allowed", "dénié", "ÿ", "")[i % 4], i % 2, None if i % 3 else "billing", self.provider(i))

    def features_plans(self):
        for i in range(self.plans_count * 2):
            # The same row twice, on purpose.
            yield (1 + i // 3, i % 5 // 2, "ApplicationPlan", self.provider(i // 2))

    def member_permissions(self):
        for i in range(self.n // 10 + 3):
            yield (None if i % 7 == 0 else i, ("portal", "finance", "settings", "partners")[i % 4], bytes([0, i % 256, 39, 34, 92, 10]) if i % 2 else None)

    def web_hooks(self):
        return iter(())

    def ar_internal_metadata(self):
        yield ("environment", "production", *self.stamps(1))

    def schema_migrations(self):
        for i in range(480):
            yield (f"{2009 + i // 40}{1 + i % 12:02}{1 + i * 7 % 28:02}{i % 24:02}{i * 11 % 60:02}{i * 17 % 60:02}",)


def statements(installation, n):
    """Chunks of SQL bytes. They drop and make the tables, so that they can be run again."""
    yield b"SET NAMES utf8mb4;\nSET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO', unique_checks = 0;\n"
    for text in create_tables():
        yield text.encode()
    rows = Rows(installation, n)
    for table in TABLES:
        yield b"START TRANSACTION;\n"
        head, parts, size = f"INSERT INTO `{table}` VALUES\n", [], 0
        for row in getattr(rows, table)():
            part = "(" + ",".join(map(literal, row)) + ")"
            parts.append(part)
            size += len(part)
            if size > CHUNK:
                yield (head + ",\n".join(parts) + ";\n").encode()
                parts, size = [], 0
        if parts:
            yield (head + ",\n".join(parts) + ";\n").encode()
        yield b"COMMIT;\n"
    for text in create_routines():
        yield text.encode()
    yield b"SET foreign_key_checks = 1, unique_checks = 1;\n"
