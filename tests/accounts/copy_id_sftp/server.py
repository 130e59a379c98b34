"""An SFTP server of the working folder on stdin and stdout, with the habits named in its arguments."""

import os
import struct
import sys
import time

HABITS = set(sys.argv[1:])
INIT, VERSION, OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT, SETSTAT, FSETSTAT = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
MKDIR, REALPATH, STAT, STATUS, HANDLE, DATA, NAME, ATTRS = 14, 16, 17, 101, 102, 103, 104, 105
OK, EOF, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE, UNSUPPORTED, QUOTA = 0, 1, 2, 3, 4, 8, 15
FXF_WRITE, FXF_APPEND, FXF_CREATE, FXF_EXCLUSIVE = 2, 4, 8, 32

os.umask(0o022)
files = {}
written = False


def send(body):
    sys.stdout.buffer.write(struct.pack(">I", len(body)) + body)
    sys.stdout.buffer.flush()


def string(text):
    return struct.pack(">I", len(text)) + text


def status(number, code):
    words = b"" if "no-words" in HABITS else string(b"as\x1b[31m told\n") + string(b"")
    send(struct.pack(">BII", STATUS, number, code) + words)


class Body:
    def __init__(self, data):
        self.data = data

    def take(self, form):
        size = struct.calcsize(form)
        (value,), self.data = struct.unpack(form, self.data[:size]), self.data[size:]
        return value

    def number(self):
        return self.take(">I")

    def long(self):
        return self.take(">Q")

    def text(self):
        size = self.number()
        value, self.data = self.data[:size], self.data[size:]
        return value

    def attributes(self):
        flags = self.number()
        size = self.long() if flags & 1 else None
        return size, self.number() if flags & 4 else None


def attributes(number, found):
    if "no-modes" in HABITS:
        send(struct.pack(">BII", ATTRS, number, 0))
    else:
        send(struct.pack(">BIIQII", ATTRS, number, 5, found.st_size, found.st_mode, 0)[:21])


def open_file(number, body):
    path, flags, (_, mode) = body.text(), body.number(), body.attributes()
    if "another-writer" in HABITS and flags & FXF_WRITE and not flags & FXF_CREATE:
        # The line of somebody else, between the look at the file and the write.
        HABITS.remove("another-writer")
        with open(path, "ab") as other:
            other.write(b"ssh-rsa AAAA theirs\n")
    if "another-maker" in HABITS and flags & FXF_CREATE:
        HABITS.remove("another-maker")
        with open(path, "wb") as other:
            other.write(b"ssh-rsa AAAA theirs")
    if "denies-reading-back" in HABITS and written:
        return status(number, PERMISSION_DENIED)
    how = os.O_WRONLY if flags & FXF_WRITE else os.O_RDONLY
    how |= os.O_CREAT if flags & FXF_CREATE else 0
    how |= os.O_EXCL if flags & FXF_EXCLUSIVE else 0
    if flags & FXF_APPEND and "ignores-append" not in HABITS:
        how |= os.O_APPEND
    handle = b"\xff\x80\x00" + struct.pack(">H", len(files)) if "binary-handles" in HABITS else b"%d" % len(files)
    files[handle] = os.open(path, how, 0o644 if "ignores-modes" in HABITS or mode is None else mode)
    send(struct.pack(">BI", HANDLE, number) + string(handle))


def write(number, body):
    global written
    handle, offset, data = files[body.text()], body.long(), body.text()
    if "ends-before-the-write" in HABITS:
        sys.exit(0)
    written = True
    torn = HABITS & {"tears", "tears-and-keeps", "tears-and-another-writes"}
    if torn:
        os.write(handle, data[:20])
        if "tears-and-another-writes" in HABITS:
            os.write(handle, b"ssh-rsa AAAA theirs\n")
        return status(number, QUOTA)
    if "ignores-append" in HABITS:
        os.pwrite(handle, data, offset)
    else:
        os.write(handle, data)
    if "ends-after-the-write" in HABITS:
        sys.exit(0)
    if "sleeps-after-the-write" in HABITS:
        time.sleep(60)
    status(number, OK)


def read(number, body):
    handle, offset, length = files[body.text()], body.long(), body.number()
    data = os.pread(handle, 3 if "small-reads" in HABITS else length, offset)
    if "loses-writes" in HABITS and written:
        data = b""
    if "endless-file" in HABITS:
        data = b"#" * length
    if "empty-reads" in HABITS:
        return send(struct.pack(">BI", DATA, number) + string(b""))
    if not data:
        return status(number, EOF)
    send(struct.pack(">BI", DATA, number) + string(data))


def answer(kind, number, body):
    if kind == OPEN:
        return open_file(number, body)
    if kind == READ:
        return read(number, body)
    if kind == WRITE:
        return write(number, body)
    if kind == REALPATH:
        return send(struct.pack(">BII", NAME, number, 1) + string(os.path.realpath(body.text())) * 2 + bytes(4))
    if kind == STAT:
        return attributes(number, os.stat(body.text()))
    if kind == LSTAT:
        return attributes(number, os.lstat(body.text()))
    if kind == FSTAT:
        return attributes(number, os.fstat(files[body.text()]))
    if kind == CLOSE:
        os.close(files.pop(body.text()))
    elif kind == FSETSTAT:
        handle, (size, _) = files[body.text()], body.attributes()
        if "tears-and-keeps" in HABITS:
            return status(number, PERMISSION_DENIED)
        os.ftruncate(handle, size)
    elif kind == SETSTAT:
        path, (_, mode) = body.text(), body.attributes()
        os.chmod(path, mode)
    elif kind == MKDIR:
        path, (_, mode) = body.text(), body.attributes()
        os.mkdir(path, 0o755 if "ignores-modes" in HABITS else mode)
    else:
        return status(number, UNSUPPORTED)
    status(number, OK)


def serve():
    if "greets" in HABITS:
        os.write(1, b"Welcome to \x1b[1mthe machine\n")
    if "complains" in HABITS:
        os.write(2, b"sftp-server: not found\n")
        sys.exit(127)
    while True:
        length = sys.stdin.buffer.read(4)
        if len(length) < 4:
            return
        packet = Body(sys.stdin.buffer.read(struct.unpack(">I", length)[0]))
        kind, number = packet.take(">B"), packet.number()
        if kind == INIT:
            send(struct.pack(">BI", VERSION, 2 if "old" in HABITS else 3))
        elif "sends-huge" in HABITS:
            os.write(1, b"\x7f\xff\xff\xff")
        elif "mixes-up-answers" in HABITS:
            status(number + 1, OK)
        else:
            try:
                answer(kind, number, packet)
            except FileNotFoundError:
                status(number, NO_SUCH_FILE)
            except PermissionError:
                status(number, PERMISSION_DENIED)
            except OSError:
                status(number, FAILURE)


serve()
