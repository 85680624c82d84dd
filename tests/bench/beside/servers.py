"""Tools that copy from one server: an rsync daemon, nginx with curl, tar through netcat."""
import os
import shutil
import time

from machine import Run, cpu_seconds, finish, free_port, start, stop, wait_for_port


class Server:
    """A daemon that serves the source's directory, and a client that fetches it once."""

    def __init__(self, source, scratch, receivers):
        assert receivers == 1
        self.source = source
        self.directory = os.path.join(scratch, self.programs[0])
        self.port = free_port()

    def missing(self):
        return next((program for program in self.programs if shutil.which(program) is None), None)

    def start(self):
        os.makedirs(self.directory)
        self.daemon = self.serve()
        wait_for_port(self.port)

    def stop(self):
        stop(self.daemon)
        shutil.rmtree(self.directory)

    def fetch(self, targets):
        target = os.path.join(targets[0], os.path.basename(self.source))
        before = cpu_seconds(self.daemon.pid)
        begin = time.monotonic()
        receiver_cpu = sum(finish(start(*command)) for command in self.commands(target))
        seconds = time.monotonic() - begin
        return Run(seconds, self.daemon_cpu() - before, receiver_cpu)

    def daemon_cpu(self):
        return cpu_seconds(self.daemon.pid)

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w") as out:
            out.write(text)
        return path


class RsyncDaemon(Server):
    name = "rsync daemon"
    programs = ["rsync"]

    def serve(self):
        # `uid`: a daemon that root starts would become nobody, who may not look into the scratch directory.
        config = self.write("rsyncd.conf", "use chroot = no\nuid = %d\ngid = %d\n[files]\npath = %s\n" % (
            os.getuid(), os.getgid(), os.path.dirname(self.source)))
        return start("rsync", "--daemon", "--no-detach", "--config", config, "--address", "127.0.0.1", "--port", self.port)

    def commands(self, target):
        url = "rsync://127.0.0.1:%d/files/%s" % (self.port, os.path.basename(self.source))
        yield ("rsync", "-r", url, os.path.dirname(target)) if os.path.isdir(self.source) else ("rsync", url, target)

    def daemon_cpu(self):
        # Each connection is a process of its own; once it has been waited for, its time is its parent's.
        time.sleep(0.1)
        with open("/proc/%d/stat" % self.daemon.pid) as stat:
            fields = stat.read().rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


class NginxCurl(Server):
    programs = ["nginx", "curl", "openssl"]

    def __init__(self, source, scratch, receivers, check=False):
        super().__init__(source, scratch, receivers)
        self.check = check
        self.name = "nginx and curl, then openssl sha256" if check else "nginx and curl, nothing checked"
        self.directory += "-checked" if check else ""

    def serve(self):
        config = self.write("nginx.conf", """
daemon off;
master_process off;
pid %(directory)s/pid;
error_log %(directory)s/error.log;
events { }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  client_body_temp_path %(directory)s/body;
  proxy_temp_path %(directory)s/proxy;
  fastcgi_temp_path %(directory)s/fastcgi;
  uwsgi_temp_path %(directory)s/uwsgi;
  scgi_temp_path %(directory)s/scgi;
  server { listen 127.0.0.1:%(port)d; root %(root)s; }
}
""" % {"directory": self.directory, "port": self.port, "root": os.path.dirname(self.source)})
        return start("nginx", "-c", config, "-p", self.directory, "-e", os.path.join(self.directory, "error.log"))

    def commands(self, target):
        yield "curl", "--silent", "--fail", "--output", target, "http://127.0.0.1:%d/%s" % (
            self.port, os.path.basename(self.source))
        if self.check:
            yield "openssl", "dgst", "-sha256", target


class TarNetcat:
    """What people do by hand: nothing is compared, and nothing can be gone on with."""
    name = "tar through netcat"

    def __init__(self, source, scratch, receivers):
        assert receivers == 1
        self.source = source

    def missing(self):
        return next((program for program in ("tar", "nc") if shutil.which(program) is None), None)

    def start(self):
        pass

    def stop(self):
        pass

    def fetch(self, targets):
        port = free_port()
        begin = time.monotonic()
        receiver = start("sh", "-c", 'nc -l -p "$1" | tar -xf - -C "$2"', "sh", port, targets[0])
        # Only one connection is taken, so nobody can ask whether it listens already.
        sender = start("sh", "-c", 'tar -cf - -C "$2" "$3" | { until nc -N 127.0.0.1 "$1"; do sleep 0.01; done; }', "sh",
                       port, os.path.dirname(self.source), os.path.basename(self.source))
        source_cpu, receiver_cpu = finish(sender), finish(receiver)
        return Run(time.monotonic() - begin, source_cpu, receiver_cpu)
