// A client-go dynamic informer as a peer for `npm run bench -- watch`. It prints one JSON line for each thing that the bench asks:
//
//	informer KUBECONFIG RESOURCE NAMESPACE MODE [COUNT]
//
// RESOURCE is GROUP/VERSION/PLURAL with an empty group for the core one. Modes:
//
//	ingest  waits for the first copy, then for COUNT further events; prints the times, the heap and a digest of the copy
//	stamp   prints the uid, the version and the time of every event, for measuring how late a handler hears of a write
//	        and, when its input ends, how many objects it knows
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func say(value any) {
	line, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func cpuNanoseconds() int64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func main() {
	if len(os.Args) < 5 {
		fmt.Fprintln(os.Stderr, "usage: informer KUBECONFIG GROUP/VERSION/PLURAL NAMESPACE ingest|stamp [COUNT]")
		os.Exit(2)
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[1])
	check(err)
	client, err := dynamic.NewForConfig(config)
	check(err)
	parts := strings.Split(os.Args[2], "/")
	resource := schema.GroupVersionResource{Group: parts[0], Version: parts[1], Resource: parts[2]}
	mode := os.Args[4]
	wanted := int64(0)
	if len(os.Args) > 5 {
		wanted, err = strconv.ParseInt(os.Args[5], 10, 64)
		check(err)
	}

	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(client, 0, os.Args[3], nil)
	informer := factory.ForResource(resource).Informer()
	var updates atomic.Int64
	var first, last, cpuFirst, cpuLast atomic.Int64
	done := make(chan struct{})
	heard := func(object any) {
		now := time.Now()
		if mode == "stamp" {
			if o, ok := object.(*unstructured.Unstructured); ok {
				say(map[string]any{"name": o.GetName(), "version": o.GetResourceVersion(), "atMs": float64(now.UnixMicro()) / 1000})
			}
			return
		}
		if first.CompareAndSwap(0, now.UnixNano()) {
			cpuFirst.Store(cpuNanoseconds())
		}
		last.Store(now.UnixNano())
		if updates.Add(1) == wanted {
			cpuLast.Store(cpuNanoseconds())
			close(done)
		}
	}
	_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(object any) {
			if mode == "stamp" {
				heard(object)
			}
		},
		UpdateFunc: func(_, object any) { heard(object) },
	})
	check(err)
	stop := make(chan struct{})
	began := time.Now()
	factory.Start(stop)
	if !cache.WaitForCacheSync(stop, informer.HasSynced) {
		check(fmt.Errorf("the informer did not sync"))
	}
	synced := time.Since(began)
	say(map[string]any{"syncedMs": milliseconds(synced), "objects": len(informer.GetStore().ListKeys())})
	if mode != "ingest" {
		_, err = io.Copy(io.Discard, os.Stdin)
		check(err)
		say(map[string]any{"objects": len(informer.GetStore().ListKeys())})
		return
	}
	if wanted > 0 {
		<-done
	}
	runtime.GC()
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	var lines []string
	for _, object := range informer.GetStore().List() {
		o := object.(*unstructured.Unstructured)
		lines = append(lines, o.GetName()+" "+string(o.GetUID())+" "+o.GetResourceVersion())
	}
	sort.Strings(lines)
	digest := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	say(map[string]any{
		"cpuMs":     milliseconds(time.Duration(cpuLast.Load() - cpuFirst.Load())),
		"eventsMs":  milliseconds(time.Duration(last.Load() - first.Load())),
		"heapBytes": after.HeapAlloc - before.HeapAlloc,
		"objects":   len(lines),
		"digest":    hex.EncodeToString(digest[:]),
	})
}
