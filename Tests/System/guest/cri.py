#!/usr/bin/python3
"""A small stand-in for the kubelet: runs pods through containerd's CRI, in the host's network
(so that no CNI plugin is needed), with a kubelet's cgroup parents and labels.
  cri.py image REF ENTRYPOINT NAME=FILE ...   import an image of these (static) files
  cri.py run --name N [--ns default] [--uid U] [--qos burstable|besteffort|guaranteed]
         [--image REF] [--seccomp runtime|unconfined|PATH] [--apparmor PROFILE] [--container main] -- CMD [ARG...]
         prints: SANDBOX_ID CONTAINER_ID
  cri.py stop SANDBOX_ID ...
Messages are encoded by hand (field numbers of runtime.v1's api.proto), so no generated code is needed."""
import argparse, hashlib, io, json, os, subprocess, sys, tarfile, tempfile, uuid

SOCK = os.environ.get("CONTAINERD_SOCK", "/run/containerd/containerd.sock")


def varint(n):
    out = b""
    while n > 0x7F:
        out += bytes([n & 0x7F | 0x80]); n >>= 7
    return out + bytes([n])


def enc(fields):
    """Encodes [(number, value)]: int -> varint, str/bytes -> length-delimited, list -> sub-message,
    dict -> map<string,string>"""
    out = b""
    for num, v in fields:
        if isinstance(v, dict):
            for k, x in v.items():
                out += enc([(num, [(1, k), (2, x)])])
        elif isinstance(v, int):
            out += varint(num << 3) + varint(v)
        else:
            b = enc(v) if isinstance(v, list) else v.encode() if isinstance(v, str) else v
            out += varint(num << 3 | 2) + varint(len(b)) + b
    return out


def first_string(b):
    """Field 1 of a reply, a string."""
    i = 0
    while i < len(b):
        tag = b[i]; i += 1
        n = shift = 0
        while True:
            c = b[i]; i += 1; n |= (c & 0x7F) << shift; shift += 7
            if c < 0x80: break
        if tag == 0x0A: return b[i:i + n].decode()
        if tag & 7 == 2: i += n
    return ""


def call(method, fields):
    import grpc
    ch = grpc.insecure_channel("unix://" + SOCK, options=[("grpc.default_authority", "localhost")])
    ident = lambda x: x
    fn = ch.unary_unary("/runtime.v1.RuntimeService/" + method, request_serializer=ident, response_deserializer=ident)
    return fn(enc(fields), timeout=120, wait_for_ready=True)


def image(ref, binary, files):
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as t:
        for f in files:
            name, _, path = f.partition("=")
            ti = t.gettarinfo(path, name.lstrip("/")); ti.mode = 0o755; ti.uid = ti.gid = 0; ti.uname = ti.gname = "root"
            with open(path, "rb") as fh: t.addfile(ti, fh)
    layer = layer.getvalue()
    sha = lambda b: hashlib.sha256(b).hexdigest()
    cfg = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Entrypoint": binary.split()},
                      "rootfs": {"type": "layers", "diff_ids": ["sha256:" + sha(layer)]}}).encode()
    desc = lambda kind, b: {"mediaType": "application/vnd.oci.image." + kind, "digest": "sha256:" + sha(b), "size": len(b)}
    man = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                      "config": desc("config.v1+json", cfg), "layers": [desc("layer.v1.tar", layer)]}).encode()
    d = desc("manifest.v1+json", man)
    d["annotations"] = {"io.containerd.image.name": ref}; d["platform"] = {"architecture": "amd64", "os": "linux"}
    idx = json.dumps({"schemaVersion": 2, "manifests": [d]}).encode()
    with tempfile.NamedTemporaryFile(suffix=".tar") as tmp:
        with tarfile.open(tmp.name, "w") as t:
            for name, b in [("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'), ("index.json", idx)] + \
                           [("blobs/sha256/" + sha(b), b) for b in (layer, cfg, man)]:
                ti = tarfile.TarInfo(name); ti.size = len(b); t.addfile(ti, io.BytesIO(b))
        subprocess.run(["ctr", "-a", SOCK, "-n", "k8s.io", "images", "import", tmp.name], check=True, stdout=sys.stderr)


def run(a):
    uid = a.uid or str(uuid.uuid4())
    u = uid.replace("-", "_")
    parent = {"guaranteed": f"/kubepods.slice/kubepods-pod{u}.slice"}.get(
        a.qos, f"/kubepods.slice/kubepods-{a.qos}.slice/kubepods-{a.qos}-pod{u}.slice")
    host_net = [(1, 2)]
    labels = {"io.kubernetes.pod.name": a.name, "io.kubernetes.pod.namespace": a.ns, "io.kubernetes.pod.uid": uid}
    sandbox = [(1, [(1, a.name), (2, uid), (3, a.ns), (4, 0)]), (3, f"/var/log/pods/{a.ns}_{a.name}_{uid}"),
               (6, labels), (8, [(1, parent), (2, [(1, host_net)])])]
    sid = first_string(call("RunPodSandbox", [(1, sandbox)]))
    prof = {"runtime": [(1, 0)], "unconfined": [(1, 1)]}.get(a.seccomp, [(1, 2), (2, a.seccomp)])
    cfg = [(1, [(1, a.container), (2, 0)]), (2, [(1, a.image)])] + [(3, c) for c in a.cmd] + \
          [(9, {**labels, "io.kubernetes.container.name": a.container}),
           (10, {"io.kubernetes.container.restartCount": "0"}),
           (11, f"{a.container}/0.log"), (15, [(2, [(3, host_net), (15, prof)] + [(9, x) for x in [a.apparmor] if x])])]
    cid = first_string(call("CreateContainer", [(1, sid), (2, cfg), (3, sandbox)]))
    call("StartContainer", [(1, cid)])
    print(sid, cid)


p = argparse.ArgumentParser(); sub = p.add_subparsers(dest="op", required=True)
q = sub.add_parser("image"); q.add_argument("ref"); q.add_argument("entrypoint"); q.add_argument("files", nargs="+")
q = sub.add_parser("run"); q.add_argument("--name", required=True); q.add_argument("--ns", default="default")
q.add_argument("--uid"); q.add_argument("--qos", default="burstable"); q.add_argument("--container", default="main")
q.add_argument("--image", default="test.local/records:1"); q.add_argument("--seccomp", default="runtime"); q.add_argument("--apparmor"); q.add_argument("cmd", nargs="+")
q = sub.add_parser("stop"); q.add_argument("ids", nargs="+")
if __name__ == "__main__":
    a = p.parse_args()
    if a.op == "image": image(a.ref, a.entrypoint, a.files)
    elif a.op == "run": run(a)
    else:
        for i in a.ids: call("StopPodSandbox", [(1, i)]); call("RemovePodSandbox", [(1, i)])
