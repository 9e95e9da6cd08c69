// SPDX-License-Identifier: Apache-2.0
// Copyright the swoll authors.

// Adds up in several goroutines, over a socket of its own, and prints the sum.
package main

import (
	"fmt"
	"net"
	"sync"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	sums := make(chan int, 4)
	var group sync.WaitGroup
	for i := 1; i <= 4; i++ {
		group.Add(1)
		go func(n int) {
			defer group.Done()
			connection, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				panic(err)
			}
			defer connection.Close()
			fmt.Fprintf(connection, "%d\n", n)
		}(i)
	}
	for i := 0; i < 4; i++ {
		connection, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		var n int
		fmt.Fscanf(connection, "%d\n", &n)
		sums <- n
		connection.Close()
	}
	group.Wait()
	sum := 0
	for i := 0; i < 4; i++ {
		sum += <-sums
	}
	fmt.Println("sum", sum)
}
