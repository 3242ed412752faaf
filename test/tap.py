"""Results as TAP, for the Python tests: one line a test, the reason of a failure as comment lines."""
import sys
import threading
import unittest


class Report:
    """Counts and prints the results of a flow."""

    def __init__(self):
        self.count = self.failed = 0
        self.lock = threading.Lock()  # parts of a flow may run beside each other

    def ok(self, holds, sentence, why=""):
        """One result; returns whether it held."""
        with self.lock:
            self.count += 1
            self.failed += not holds
            print(f"{'ok' if holds else 'not ok'} {self.count} - {sentence}", flush=True)
            if not holds and why:
                for line in str(why)[:4000].splitlines():
                    print("#   " + line, flush=True)
        return bool(holds)

    def equal(self, seen, wanted, sentence):
        """One result: two values are the same."""
        return self.ok(seen == wanted, sentence, f"wanted {wanted!r}\nsaw    {seen!r}")

    def skip(self, sentence, reason):
        """A result that this machine cannot give."""
        with self.lock:
            self.count += 1
            print(f"ok {self.count} - {sentence} # SKIP {reason}", flush=True)

    def note(self, text):
        """A line for the reader."""
        for line in str(text).splitlines():
            print("# " + line, flush=True)

    def finish(self):
        """The plan line; returns the exit code."""
        print(f"1..{self.count}", flush=True)
        return 1 if self.failed else 0


class _TapResult(unittest.TestResult):
    """A unittest result that prints TAP."""

    def __init__(self, report):
        super().__init__()
        self.report = report

    @staticmethod
    def sentence(test):
        """The test's name as words."""
        return test.id().rsplit(".", 1)[-1].removeprefix("test_").replace("_", " ")

    def addSuccess(self, test):  # noqa: N802  (unittest's names)
        self.report.ok(True, self.sentence(test))

    def addFailure(self, test, err):  # noqa: N802
        self.report.ok(False, self.sentence(test), self._exc_info_to_string(err, test))

    addError = addFailure  # noqa: N815

    def addSkip(self, test, reason):  # noqa: N802
        self.report.skip(self.sentence(test), reason)


def run_tests(module="__main__"):
    """Run a module's unittest cases and exit."""
    report = Report()
    tests = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[module])
    tests.run(_TapResult(report))
    sys.exit(report.finish())
