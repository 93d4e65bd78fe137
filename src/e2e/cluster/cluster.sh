#!/usr/bin/env bash
# A real one-node Kubernetes for tests: etcd, kube-apiserver, controller manager, scheduler, kubelet on containerd,
# kube-proxy and CoreDNS, in a network namespace of its own so that nothing it sends leaves this machine.
#   cluster.sh build          build what is missing or out of date (about 8 minutes on 2 cores the first time, nothing after that)
#   cluster.sh up [--no-node] start afresh; --no-node leaves the kubelet out (API server and controllers only, 3 s)
#   cluster.sh run CMD...     run CMD inside the namespace with KUBECONFIG set (the API server is at 127.0.0.1:6443)
#   cluster.sh restart NAME   kill -9 one part (apiserver, etcd, kubelet, containerd, kcm, sched, proxy, dns) and start it again
#   cluster.sh kwok N         add N simulated nodes, for scale
#   cluster.sh image REF CMD  make an image from busybox and the probe program, and import it (CMD: a JSON array)
#   cluster.sh down           stop everything and remove the state
# Needs root, Go 1.26, and Debian's etcd-server containerd runc containernetworking-plugins busybox-static iptables conntrack
# iproute2 openssl socat procps curl. One cluster at a time: the kubelet owns the machine's pod cgroups.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=${KUBEORCH_CLUSTER_CACHE:-$HOME/.cache/kubeorch-cluster}
# An older Kubernetes is built the same way, beside the one that every test runs on.
case ${KUBEORCH_KUBERNETES:-1.36} in
  1.36) VERSION=v1.36.3 MODULE=control-plane ;;
  1.34) VERSION=v1.34.4 MODULE=control-plane-1.34 CACHE=$CACHE/1.34 ;;
  *) echo "KUBEORCH_KUBERNETES is 1.36 or 1.34" >&2; exit 2 ;;
esac
BIN=$CACHE/bin
W=${KUBEORCH_CLUSTER_STATE:-/tmp/kubeorch-cluster}
NAME=kubeorch
NODE_IP=172.31.250.1
export KUBECONFIG=$W/admin.kubeconfig

inside() { nsenter --net=/var/run/netns/$NAME "$@"; }   # `ip netns exec` would hide the cgroup mounts from the kubelet
ctr_() { ctr -a "$W/containerd.sock" -n k8s.io "$@"; }
start() { # NAME CMD...; remembers the command for `restart`
  local name=$1; shift
  printf '%q ' "$@" >"$W/$name.cmd"
  nsenter --net=/var/run/netns/$NAME "$@" >>"$W/log/$name.log" 2>&1 &
  echo $! >"$W/$name.pid"
}

build() {
  mkdir -p "$BIN"
  # Two builds at once would write the same files; the second waits and then finds everything done.
  exec 9>"$CACHE/lock"; flock 9
  local sources; sources=$(cd "$HERE" && { cat {"$MODULE",dns,probe,scale}/go.mod {"$MODULE",dns,probe,scale}/go.sum {"$MODULE",dns,probe,scale}/*.go 2>/dev/null || true; } | cat - <(echo $VERSION) | sha256sum | cut -d' ' -f1)
  [ ! -f "$CACHE/sources" ] || [ "$(cat "$CACHE/sources")" = "$sources" ] || rm -rf "${BIN:?}"/* "$CACHE/stages.yaml"
  local v=k8s.io/component-base/version
  local ld="-s -w -X $v.gitVersion=$VERSION -X $v.gitMajor=1 -X $v.gitMinor=$(cut -d. -f2 <<<"$VERSION") -X $v.gitTreeState=clean"
  for c in kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl; do
    [ -x "$BIN/$c" ] || (cd "$HERE/$MODULE" && CGO_ENABLED=0 go build -trimpath -ldflags "$ld" -o "$BIN/$c" k8s.io/kubernetes/cmd/$c)
  done
  [ -x "$BIN/coredns" ] || (cd "$HERE/dns" && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "$BIN/coredns" github.com/coredns/coredns)
  [ -x "$BIN/kwok" ] || (cd "$HERE/scale" && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "$BIN/kwok" sigs.k8s.io/kwok/cmd/kwok)
  [ -f "$CACHE/stages.yaml" ] || (cd "$HERE/scale" && stages=$(go list -m -f '{{.Dir}}' sigs.k8s.io/kwok)/kustomize/stage && for f in "$stages"/node/fast/*.yaml "$stages"/node/heartbeat-with-lease/*.yaml "$stages"/pod/fast/*.yaml; do case $f in *kustomization.yaml) ;; *) echo ---; cat "$f" ;; esac; done >"$CACHE/stages.yaml")
  [ -x "$BIN/probe" ] || (cd "$HERE/probe" && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "$BIN/probe" .)
  echo "$sources" >"$CACHE/sources"; exec 9>&-
}

kubeconfig() { # FILE TOKEN
  cat >"$1" <<T
apiVersion: v1
kind: Config
clusters: [{name: real, cluster: {server: "https://127.0.0.1:6443", certificate-authority: "$W/pki/apiserver.crt"}}]
users: [{name: user, user: {token: "$2"}}]
contexts: [{name: real, context: {cluster: real, user: user}}]
current-context: real
T
}

# An OpenID Connect issuer that a test may run at 127.0.0.1:6444 (key and certificate in pki/issuer.*); the API server trusts its
# tokens beside service accounts and the static ones, looks for it every ten seconds, and reads this file again when it changes.
authentication() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/CN=kubeorch test issuer" \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$W/pki/issuer.key" -out "$W/pki/issuer.crt" 2>/dev/null
  cat >"$W/authentication.yaml" <<T
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer:
    url: https://127.0.0.1:6444
    audiences: [kubeorch-test]
    certificateAuthority: |
$(sed 's/^/      /' "$W/pki/issuer.crt")
  claimMappings:
    username: {claim: sub, prefix: "oidc:"}
    groups: {claim: groups, prefix: "oidc:"}
    uid: {claim: sub}
    extra: [{key: kubeorch.dev/team, valueExpression: "claims.?team.orValue('')"}]
T
}

up() {
  build; down; mkdir -p "$W"/{log,pki,etcd,cni}; cd "$W"
  ip netns list >cni.before
  ip netns add $NAME 2>/dev/null || true
  inside sh -c "ip link set lo up; ip link add node0 type bridge; ip addr add $NODE_IP/24 dev node0; ip link set node0 up; ip route add default via 172.31.250.2 dev node0; echo 1 >/proc/sys/net/ipv4/ip_forward" 2>/dev/null || true
  openssl genrsa -out pki/sa.key 2048 2>/dev/null
  openssl rsa -in pki/sa.key -pubout -out pki/sa.pub 2>/dev/null
  local admin kcm sched kubelet
  admin=$(openssl rand -hex 16) kcm=$(openssl rand -hex 16) sched=$(openssl rand -hex 16) kubelet=$(openssl rand -hex 16)
  cat >tokens.csv <<T
$admin,admin,admin,"system:masters"
$kcm,system:kube-controller-manager,kcm
$sched,system:kube-scheduler,sched
$kubelet,system:node:node1,kubelet,"system:nodes"
T
  authentication
  start etcd etcd --data-dir etcd --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380 --unsafe-no-fsync
  start apiserver "$BIN/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 --bind-address=127.0.0.1 --advertise-address=$NODE_IP --secure-port=6443 --cert-dir="$W/pki" \
    --service-account-issuer=https://kubernetes.default.svc --service-account-signing-key-file="$W/pki/sa.key" --service-account-key-file="$W/pki/sa.pub" \
    --token-auth-file="$W/tokens.csv" --authentication-config="$W/authentication.yaml" --authorization-mode=Node,RBAC --service-cluster-ip-range=10.96.0.0/16 --allow-privileged=true --kubelet-preferred-address-types=InternalIP
  local ready=""
  for _ in $(seq 120); do inside curl -sk -H "Authorization: Bearer $admin" https://127.0.0.1:6443/readyz 2>/dev/null | grep -q '^ok' && ready=1 && break; sleep 0.5; done
  [ -n "$ready" ] || { tail -n 20 "$W/log/apiserver.log" >&2; exit 1; }
  kubeconfig admin.kubeconfig "$admin"; kubeconfig kcm.kubeconfig "$kcm"; kubeconfig sched.kubeconfig "$sched"; kubeconfig kubelet.kubeconfig "$kubelet"
  start kcm "$BIN/kube-controller-manager" --kubeconfig=kcm.kubeconfig --service-account-private-key-file="$W/pki/sa.key" --use-service-account-credentials --leader-elect=false --bind-address=127.0.0.1 --cert-dir="$W/pki/kcm"
  start sched "$BIN/kube-scheduler" --kubeconfig=sched.kubeconfig --leader-elect=false --bind-address=127.0.0.1
  [ "${1:-}" = --no-node ] || node
  for _ in $(seq 60); do inside "$BIN/kubectl" get serviceaccount default >/dev/null 2>&1 && return; sleep 0.25; done
}

node() {
  cat >containerd.toml <<T
version = 2
root = "$W/containerd"
state = "$W/containerd-state"
[grpc]
  address = "$W/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  sandbox_image = "localhost/pause:1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$W/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".registry.mirrors."127.0.0.1:5000"]
    endpoint = ["http://127.0.0.1:5000"]
T
  cat >cni/10-bridge.conflist <<T
{"cniVersion":"0.4.0","name":"kubeorch","plugins":[{"type":"bridge","bridge":"kobr0","isDefaultGateway":true,"hairpinMode":true,"ipam":{"type":"host-local","dataDir":"$W/ipam","ranges":[[{"subnet":"10.244.0.0/24"}]]}},{"type":"portmap","capabilities":{"portMappings":true}}]}
T
  cat >kubelet.yaml <<T
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
enforceNodeAllocatable: []
containerRuntimeEndpoint: unix://$W/containerd.sock
imageGCHighThresholdPercent: 100
evictionHard: {}
clusterDNS: [$NODE_IP]
clusterDomain: cluster.local
T
  cat >proxy.yaml <<T
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $W/admin.kubeconfig}
mode: iptables
clusterCIDR: 10.244.0.0/24
hostnameOverride: node1
bindAddress: $NODE_IP
conntrack: {maxPerCore: 0}
T
  cat >Corefile <<T
.:53 {
  bind $NODE_IP
  errors
  kubernetes cluster.local {
    kubeconfig $W/admin.kubeconfig real
  }
}
T
  start containerd containerd -c containerd.toml
  for _ in $(seq 60); do ctr_ version >/dev/null 2>&1 && break; sleep 0.25; done
  image localhost/pause:1 '["/bin/sleep","1000000000"]'
  image docker.io/library/probe:1 '["/bin/probe"]'
  start kubelet "$BIN/kubelet" --config=kubelet.yaml --kubeconfig=kubelet.kubeconfig --hostname-override=node1 --node-ip=$NODE_IP --root-dir="$W/kubelet"
  start proxy "$BIN/kube-proxy" --config=proxy.yaml
  start dns "$BIN/coredns" -conf Corefile
  for _ in $(seq 60); do inside "$BIN/kubectl" wait --for=condition=Ready node/node1 --timeout=30s >/dev/null 2>&1 && return; sleep 0.5; done
  tail -n 20 "$W/log/kubelet.log" >&2; exit 1
}

image() { # REF CMD
  local t d c m cs ms s; t=$(mktemp -d); mkdir -p "$t"/root/{bin,tmp,etc} "$t/oci/blobs/sha256"
  cp /bin/busybox "$BIN/probe" "$t/root/bin/"
  for a in $(/bin/busybox --list); do [ "$a" = busybox ] || ln -sf busybox "$t/root/bin/$a"; done
  echo 'root:x:0:0:root:/:/bin/sh' >"$t/root/etc/passwd"
  tar -C "$t/root" -cf "$t/layer" .
  put() { local h; h=$(sha256sum "$1" | cut -d' ' -f1); cp "$1" "$t/oci/blobs/sha256/$h"; echo "$h"; }
  d=$(put "$t/layer"); s=$(stat -c %s "$t/layer")
  printf '{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/bin"],"Cmd":%s},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "$2" "$d" >"$t/config"
  c=$(put "$t/config"); cs=$(stat -c %s "$t/config")
  printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%s},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:%s","size":%s}]}' "$c" "$cs" "$d" "$s" >"$t/manifest"
  m=$(put "$t/manifest"); ms=$(stat -c %s "$t/manifest")
  printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%s,"annotations":{"io.containerd.image.name":"%s","org.opencontainers.image.ref.name":"%s"}}]}' "$m" "$ms" "$1" "$1" >"$t/oci/index.json"
  echo '{"imageLayoutVersion":"1.0.0"}' >"$t/oci/oci-layout"
  tar -C "$t/oci" -cf "$t/image.tar" . ; ctr_ images import "$t/image.tar" >/dev/null; rm -rf "$t"
}

kwok() { # N
  pgrep -F "$W/kwok.pid" >/dev/null 2>&1 || start kwok "$BIN/kwok" --kubeconfig="$KUBECONFIG" --config="$CACHE/stages.yaml" --node-lease-duration-seconds=40 --manage-all-nodes=false --manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake --node-ip=$NODE_IP
  for i in $(seq "$1"); do cat <<T
---
apiVersion: v1
kind: Node
metadata: {name: kwok-$i, annotations: {kwok.x-k8s.io/node: fake}, labels: {type: kwok, kubernetes.io/os: linux, kubernetes.io/arch: amd64}}
spec: {taints: [{key: kwok.x-k8s.io/node, value: fake, effect: NoSchedule}]}
status: {allocatable: {cpu: "64", memory: 256Gi, pods: "500"}, capacity: {cpu: "64", memory: 256Gi, pods: "500"}}
T
  done | inside "$BIN/kubectl" apply -f - >/dev/null
}

down() {
  [ -d "$W" ] || return 0
  local p
  for p in kwok dns proxy kubelet sched kcm apiserver; do [ -f "$W/$p.pid" ] && kill "$(cat "$W/$p.pid")" 2>/dev/null || true; done; sleep 1
  if [ -S "$W/containerd.sock" ]; then for p in $(ctr_ tasks ls -q 2>/dev/null || true); do ctr_ tasks kill -s 9 "$p" 2>/dev/null || true; done; sleep 1; fi
  for p in containerd etcd; do [ -f "$W/$p.pid" ] && kill "$(cat "$W/$p.pid")" 2>/dev/null || true; done; sleep 1
  [ -f "$W/apiserver.pid" ] && kill -9 "$(cat "$W/apiserver.pid")" 2>/dev/null || true
  for p in $(pgrep -f "^/usr/bin/containerd-shim-runc-v2 .*-address $W/containerd.sock" || true); do kill "$p" 2>/dev/null || true; done
  for p in $(ip netns list | awk '/^cni-/ {print $1}'); do grep -qs "$p" "$W/cni.before" || ip netns del "$p"; done
  grep " $W/" /proc/mounts | awk '{print $2}' | sort -r | xargs -r -n1 umount -l || true
  ip netns del $NAME 2>/dev/null || true
  rm -rf "$W"
}

case ${1:-} in
  build | down) "$1" ;;
  up) up "${2:-}" ;;
  run) shift; PATH=$BIN:$PATH inside "$@" ;;
  restart) cd "$W"; old=$(cat "$2.pid"); kill -9 "$old" 2>/dev/null || true
    # The port is free only when the last thread is gone. One that nobody reaps stays as a zombie without threads, which holds nothing.
    for _ in $(seq 200); do [ "$(ls "/proc/$old/task" 2>/dev/null | wc -l)" -gt 1 ] || break; sleep 0.05; done
    eval "start $2 $(cat "$2.cmd")" ;;
  kwok) kwok "$2" ;;
  image) image "$2" "$3" ;;
  *) sed -n '2,12p' "$0"; exit 2 ;;
esac
