"""A container runtime that does on demand what a real one does not: it is slow, fails, and sends strange data."""
import concurrent.futures
import hashlib
import os
import sys
import threading
import time

import grpc

_lib = os.path.join(os.path.dirname(os.path.abspath(__file__)), "node-bench", "lib")


def _stubs():
    """The directory where node-bench puts the code that it generates from cri.proto."""
    text = b""
    for name in ("cri.proto", "requirements.txt"):
        with open(os.path.join(_lib, name), "rb") as f:
            text += f.read()
    return os.path.join(os.environ["NODE_BENCH_CACHE"], "stubs-" + hashlib.sha256(text).hexdigest()[:16])


class FakeRuntime:
    """Serves CRI v1 at a socket: returns `pods` after `delay` seconds, or the error in `fails`, and no containers while `stalls`."""

    def __init__(self, path):
        # Not at import time: the code is generated when a node starts.
        if _stubs() not in sys.path:
            sys.path.append(_stubs())
        import cri_pb2
        import cri_pb2_grpc
        self.pb = cri_pb2
        self.endpoint = "unix://" + path
        self.containers, self.sandboxes = [], []
        self.delay = 0
        self.fails = None
        self.stalls = False
        self.ended = threading.Event()
        self.questions = 0
        self.lock = threading.Lock()
        fake = self

        class Service(cri_pb2_grpc.RuntimeServiceServicer):
            def Version(self, request, context):
                return cri_pb2.VersionResponse(runtime_name="fake", runtime_version="1")

            def ListContainers(self, request, context):
                if fake.stalls:
                    fake.ended.wait()
                fake.answers(context)
                return cri_pb2.ListContainersResponse(containers=fake.containers)

            def ListPodSandbox(self, request, context):
                fake.answers(context, counts=False)
                return cri_pb2.ListPodSandboxResponse(items=fake.sandboxes)

        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(8),
                                  options=[("grpc.max_send_message_length", 64 << 20)])
        cri_pb2_grpc.add_RuntimeServiceServicer_to_server(Service(), self.server)
        self.server.add_insecure_port("unix:" + path)
        self.server.start()

    def answers(self, context, counts=True):
        with self.lock:
            self.questions += counts
        if self.fails:
            context.abort(self.fails, "as the test wants it")
        time.sleep(self.delay)

    def add(self, cid, namespace="prod", pod="web", name="main", uid="uid", annotation="", state=0):
        labels = {"io.kubernetes.pod.namespace": namespace, "io.kubernetes.pod.name": pod,
                  "io.kubernetes.pod.uid": uid, "io.kubernetes.container.name": name}
        self.containers.append(self.pb.Container(id=cid, labels=labels, annotations={"text": annotation}, state=state))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.server.stop(None).wait()
