"""Power cuts: the file system of a run is shut down without a last write (EXT4_IOC_SHUTDOWN, as in ext4's own tests),
the process is killed, the disk is mounted again, and the run resumes to the same bits. A run that had ended with exit code
0 has lost nothing. Needs root and a loop device."""
import fcntl
import os
import shutil
import signal
import struct
import subprocess
import time

from harness import Tally, differences, results
from kills import wait_for_the_moment

OPTIONS = "--epochs 3 --head flatten:8 --checkpoint-steps 2 --cache file"
EXT4_IOC_SHUTDOWN, WITHOUT_FLUSHING_THE_JOURNAL = 0x8004587D, 2
LAST_FILES = ("model.h5", "summary.json", "report.html")


class Disk:
    def __init__(self, place):
        self.image, self.mount_point = place / "disk.img", place / "disk"
        self.mount_point.mkdir()

    def make(self):
        """"" or why there can be none."""
        if os.geteuid() != 0:
            return "needs root"
        if not shutil.which("mkfs.ext4"):
            return "no mkfs.ext4 here"
        with open(self.image, "wb") as file:
            file.truncate(128 << 20)
        for command in (["mkfs.ext4", "-q", "-F", self.image], self.mount_command()):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode != 0:
                return f"{command[0]}: {done.stdout.decode('utf8', 'replace').strip().splitlines()[-1]}"
        return ""

    def mount_command(self):
        return ["mount", "-o", "loop", self.image, self.mount_point]

    def cut(self):
        fd = os.open(self.mount_point, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, EXT4_IOC_SHUTDOWN, struct.pack("I", WITHOUT_FLUSHING_THE_JOURNAL))
        finally:
            os.close(fd)

    def unmount(self):
        for _ in range(100):
            if subprocess.run(["umount", self.mount_point], stderr=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(0.05)
        raise SystemExit(f"torture: {self.mount_point} cannot be unmounted")

    def again(self):
        self.unmount()
        subprocess.run(self.mount_command(), check=True)

    def loses_what_is_not_synced(self):
        """Whether a cut loses unsynced data; otherwise the test would prove nothing."""
        file = self.mount_point / "unsynced"
        file.write_bytes(b"x" * 100000)
        self.cut()
        self.again()
        return not file.exists() or file.stat().st_size == 0


def one_run(harness, disk, data, wanted, length, random, cuts, tally):
    run, env = disk.mount_point / "run", harness.environment(GRAFT_CACHE=disk.mount_point / "cache")
    for old in (run, disk.mount_point / "cache"):
        shutil.rmtree(old, ignore_errors=True)
    os.sync()
    done = 0
    while True:
        begun = (run / "config.json").exists()
        if not begun:
            shutil.rmtree(run, ignore_errors=True)
        command = harness.resume(run) if begun else harness.train(data, run, OPTIONS)
        log = harness.scratch / "power" / "log"
        with open(log, "wb") as output:
            process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                       env=env)
            if done >= cuts:
                break
            wait_for_the_moment(process, run, length, random)
            had_ended = process.poll() is not None
            disk.cut()
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            code = process.wait()
        disk.again()
        done += 1
        lost = [f for f in LAST_FILES if not (run / f).exists()] if had_ended and code == 0 else []
        tally.add("cut", f"it had ended with exit 0, and {lost} are lost" if lost else None)
    code = process.wait()
    wrong = f"exit {code}: {log.read_text()[-300:]}" if code != 0 else differences(run, wanted)
    tally.add("finished", wrong and f"behind {done} cuts: {wrong}")
    return done


def torture(harness, cuts):
    tally, place, data = Tally("power"), harness.folder("power"), harness.data()
    disk = Disk(place)
    tally.skipped = disk.make() or None
    if tally.skipped:
        return tally
    try:
        if not disk.loses_what_is_not_synced():
            tally.skipped = "shutting this file system down loses nothing"
            return tally
        begun = time.monotonic()
        harness.must(harness.train(data, place / "whole", OPTIONS), harness.environment(GRAFT_CACHE=place / "cache"))
        length, wanted, random = time.monotonic() - begun, results(place / "whole"), harness.random("power")
        done = 0
        while done < cuts:
            done += one_run(harness, disk, data, wanted, length, random, min(5, cuts - done), tally)
    except OSError as e:
        tally.skipped = f"EXT4_IOC_SHUTDOWN: {e}"
    finally:
        disk.unmount()
    return tally
