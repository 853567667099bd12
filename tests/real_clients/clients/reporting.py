"""Run named steps, print one JSON summary, exit 1 if an expected step failed."""
import json, sys, traceback

RESULTS = []


def step(name, fn, expect_error=None):
    """expect_error: exception class name we expect (documents real SDK behaviour), or None."""
    try:
        out = fn()
        ok = expect_error is None
        RESULTS.append({"step": name, "ok": ok, "result": repr(out)[:300]})
        return out
    except BaseException as e:
        ok = expect_error is not None and expect_error in [c.__name__ for c in type(e).__mro__]
        RESULTS.append({"step": name, "ok": ok, "raised": type(e).__name__, "msg": str(e)[:300]})
        if not ok:
            traceback.print_exc()


def finish(pkg, version):
    print(json.dumps({"package": pkg, "version": version, "steps": RESULTS}, indent=1))
    sys.exit(0 if all(r["ok"] for r in RESULTS) else 1)
