// Command etcd is etcd itself: its module's own main package is not importable, its etcdmain is.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	etcdmain.Main(os.Args)
}
