"""Commands that fill the two Redis servers, RESP-encoded for `redis-cli --pipe`: 3scale's keys, and every type and encoding."""
import json
import struct
import time

from .words import Words

FAR = 2_208_988_800  # 2040: keys that live long, to the second
TYPES = ("minute", "hour", "day", "week", "month", "eternity")


def command(*parts):
    out = [b"*%d\r\n" % len(parts)]
    for part in parts:
        part = part if isinstance(part, bytes) else str(part).encode()
        out.append(b"$%d\r\n%s\r\n" % (len(part), part))
    return b"".join(out)


def configuration(installation, n):
    """What the backend got from System: services, applications, metrics, limits (see apisonator's redis_keys.md)."""
    w = Words("backend " + installation.name)
    services = max(3, n // 50)
    yield command("SADD", "provider_keys_set", *[w.hex(32) for _ in range(3)])
    yield command("SADD", "services_set", *range(1, services + 1))
    for service in range(1, services + 1):
        key = f"service/id:{service}"
        for field, value in (("state", "active"), ("provider_key", w.hex(32)), ("backend_version", 1 + service % 2), ("referrer_filters_required", 0)):
            yield command("SET", f"{key}/{field}", value)
        yield command("SADD", f"metrics/service_id:{service}/ids", *[service * 10 + m for m in range(4)])
        for metric in range(4):
            yield command("SET", f"metric/service_id:{service}/id:{service * 10 + metric}/name", f"metric_{metric}")
            yield command("SET", f"usage_limit/service_id:{service}/plan_id:{service}/metric_id:{service * 10 + metric}/{TYPES[metric]}", 1000 * (metric + 1))
    for i in range(1, n + 1):
        service = 1 + i % services
        application = w.hex(8)
        yield command("SADD", f"service_id:{service}/applications", application)
        key = f"application/service_id:{service}/id:{application}"
        for field, value in (("state", "active"), ("plan_id", 1 + i % 20), ("plan_name", w.name()), ("redirect_url", "")):
            yield command("SET", f"{key}/{field}", value)
        yield command("SET", f"application/service_id:{service}/key:{w.hex(32)}/id", application)
        yield command("SADD", f"{key}/keys", w.hex(32), w.hex(32))


def statistics(installation, n):
    """Usage counters: nowhere else, and the bulk of the data."""
    w = Words("stats " + installation.name)
    services = max(3, n // 50)
    for i in range(n * 4):
        service, day = 1 + i % services, 1 + i % 28
        period = (f"month:202406{1:02}", f"day:202406{day:02}", f"hour:202406{day:02}{i % 24:02}", "eternity", f"week:202406{1 + day // 7 * 7:02}")[i % 5]
        owner = "" if i % 7 == 0 else f"/cinstance:{w.hex(8)}"
        key = f"stats/{{service:{service}}}{owner}/metric:{service * 10 + i % 4}/{period}"
        yield command("SET", key, w.rng.randrange(1, 10 ** (1 + i % 9)))
        if period.startswith("hour"):
            yield command("EXPIREAT", key, FAR + i)


def every_kind(installation):
    """Each type in each of its encodings, binary keys and values, and keys that expire."""
    w = Words("kinds " + installation.name)
    rng = w.rng
    yield command("SET", "string:int", -9223372036854775808)
    yield command("SET", "string:empty", "")
    yield command("SET", "string:embstr", "short value")
    yield command("SET", "string:raw", w.text(5000))
    yield command("SET", b"string:binary", bytes(range(256)) * 8)
    yield command("SET", b"\x00\xff\xfe binary\r\nkey \"'\\ \x1b[31m", rng.randbytes(64))
    yield command("SET", "ключ 🚀 key with spaces\nand a newline", "unicode \u0000 value")
    yield command("SET", b"k" * 3000, "a long key")
    yield command("SETRANGE", "string:sparse", 70_000, "end")
    yield command("SETBIT", "string:bits", 4095, 1)
    yield command("RPUSH", "list:listpack", *range(60), "text", b"\x00\xff")
    for start in range(0, 5000, 500):
        yield command("RPUSH", "list:quicklist", *[w.hex(24) for _ in range(start, start + 500)])
    yield command("SADD", "set:intset", *range(-40, 200, 3), 2 ** 40, -(2 ** 50))
    yield command("SADD", "set:listpack", "a", "b", b"\x00")
    yield command("SADD", "set:hashtable", *[w.hex(12) for _ in range(900)])
    yield command("HSET", "hash:listpack", "field", "value", b"\x00bin", b"\xff\xfe", "empty", "")
    yield command("HSET", "hash:hashtable", *[x for i in range(700) for x in (f"field {i}", w.text(20 + i % 90))])
    yield command("HSET", "hash:bigfield", "f", w.text(9000))
    yield command("ZADD", "zset:listpack", 1, "one", "-inf", "low", "inf", "high", 0.1, "tenth", "1e-300", "tiny")
    yield command("ZADD", "zset:skiplist", *[x for i in range(600) for x in (i / 7 - 40, f"member {i % 590} {w.hex(4)}")])
    yield command("PFADD", "hll:sparse", *range(20))
    yield command("PFADD", "hll:dense", *[w.hex(16) for _ in range(4000)])
    for i in range(250):
        yield command("XADD", "stream:events", f"{1718000000000 + i}-{i % 3}", "event", w.name(), "payload", w.awkward())
    yield command("XDEL", "stream:events", "1718000000005-2")
    yield command("XGROUP", "CREATE", "stream:events", "workers", "1718000000010-1")
    yield command("XREADGROUP", "GROUP", "workers", "consumer-1", "COUNT", 3, "STREAMS", "stream:events", ">")
    yield command("GEOADD", "geo:places", 13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania")
    for i in range(40):
        yield command("SET", f"session:far:{i}", w.hex(16))
        yield command("PEXPIREAT", f"session:far:{i}", (FAR + i * 3600) * 1000 + i)
    # Gone within minutes: whoever compares a restore with its backup has to know that they may be missing.
    now = int(time.time())
    for i, seconds in enumerate((45, 90, 180, 300, 600, 3600)):
        yield command("SET", f"session:short:{i}", w.hex(16))
        yield command("EXPIREAT", f"session:short:{i}", now + seconds)
    yield command("HSET", "session:hash:short", "user", "1")
    yield command("EXPIREAT", "session:hash:short", now + 120)


def backend_queues(installation, n):
    """resque, as the workers of the backend use it."""
    w = Words("resque " + installation.name)
    yield command("SADD", "resque:queues", "priority", "main", "stats")
    for i in range(max(5, n // 25)):
        job = {"class": "ThreeScale::Backend::Transactions::ReportJob", "args": [str(1 + i % 5), {"0": {"app_id": w.hex(8), "usage": {"hits": i}}}, 1718000000.5 + i, {}]}
        yield command("RPUSH", f"resque:queue:{('priority', 'main')[i % 2]}", json.dumps(job))
    for i in range(7):
        yield command("RPUSH", "resque:failed", json.dumps({"failed_at": f"2024-06-{i + 1:02}", "exception": "Timeout", "error": w.awkward()}))
    yield command("SET", "resque:stat:processed", 123456)
    yield command("SET", "resque:stat:failed", 7)
    yield command("ZADD", "resque:delayed_queue_schedule", 1900000000, 1900000000)


def system_queues(installation, n):
    """sidekiq, as System uses it."""
    w = Words("sidekiq " + installation.name)
    yield command("SADD", "queues", "default", "events", "billing", "low", "web_hooks", "zync")
    for i in range(max(6, n // 10)):
        job = {"class": ("ZyncWorker", "BackendRandomRegenerationWorker", "InvoiceFriendlyIdWorker")[i % 3], "args": [w.hex(12), {"tenant_id": 2 + i % 2}],
               "jid": w.hex(24), "retry": True, "created_at": 1718000000 + i / 3, "enqueued_at": 1718000001 + i / 3}
        yield command("LPUSH", f"queue:{('default', 'zync', 'billing')[i % 3]}", json.dumps(job))
    for name, count in (("schedule", 25), ("retry", 12), ("dead", 5)):
        for i in range(count):
            yield command("ZADD", name, 1750000000 + i * 60.25, json.dumps({"class": "SphinxIndexationWorker", "args": [i], "jid": w.hex(24), "error_message": w.awkward()}))
    yield command("SET", "stat:processed", 987654)
    yield command("SET", "stat:processed:2024-06-01", 4321)
    yield command("EXPIREAT", "stat:processed:2024-06-01", FAR)
    yield command("HSET", "system-sidekiq-1-abcde:1:0123456789ab", "busy", 0, "beat", 1718000000.25, "info", json.dumps({"hostname": "system-sidekiq-1-abcde"}))
    yield command("EXPIREAT", "system-sidekiq-1-abcde:1:0123456789ab", int(time.time()) + 60)
    yield command("SET", b"unique:\x00" + struct.pack("<Q", 2 ** 63), "1")


def commands(installation, name, n):
    """Chunks of RESP bytes; the server is emptied first, so that they can be sent again."""
    if name not in ("backend-redis", "system-redis"):
        raise ValueError(f"no Redis is called {name}")
    yield command("FLUSHALL")
    yield command("SELECT", 0)
    if name == "backend-redis":
        parts = [configuration(installation, n), statistics(installation, n), every_kind(installation)]
        queues = backend_queues(installation, n)
    else:
        parts = [every_kind(installation)]
        queues = system_queues(installation, n)
    for part in parts:
        yield from part
    yield command("SELECT", 1)
    yield from queues
    if name == "system-redis":
        # The message bus sits beside the queues, in the next database.
        yield command("SELECT", 2)
        yield command("SET", "__mb_global_id_n", 42)
        yield command("ZADD", "__mb_backlog_n_/notifications", 1, '1|{"text":"hello"}', 2, '2|{"text":"again"}')
