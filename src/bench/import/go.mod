module kubeorch/bench/kompose

go 1.26

require github.com/kubernetes/kompose v1.37.0
