// Command load sends GET requests over persistent connections and prints the
// results as JSON. It parses only as much of a response as it has to, because
// it shares the CPU with the server that it measures.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// result is what the program prints.
type result struct {
	Requests int     `json:"requests"`
	Seconds  float64 `json:"seconds"`
	P50      float64 `json:"p50_ms"`
	P99      float64 `json:"p99_ms"`
}

func main() {
	addr := flag.String("addr", "", "host:port of the server")
	paths := flag.String("paths", "", "comma-separated paths, requested in turn")
	token := flag.String("token", "", "access token")
	conns := flag.Int("conns", 16, "number of connections")
	duration := flag.Duration("duration", 5*time.Second, "how long to send requests")
	rate := flag.Float64("rate", 0, "requests per second of all connections; 0 is as many as possible")
	flag.Parse()
	if err := run(*addr, strings.Split(*paths, ","), *token, *conns, *duration, *rate); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(addr string, paths []string, token string, conns int, duration time.Duration, rate float64) error {
	requests := make([][]byte, len(paths))
	for i, path := range paths {
		text := "GET " + path + " HTTP/1.1\r\nHost: " + addr + "\r\n"
		if token != "" {
			text += "Authorization: Bearer " + token + "\r\n"
		}
		requests[i] = []byte(text + "\r\n")
	}
	var (
		clients sync.WaitGroup
		mu      sync.Mutex
		took    []time.Duration
		failure error
	)
	started := time.Now()
	for number := range conns {
		clients.Go(func() {
			own, err := client(addr, requests, number, conns, started, duration, rate)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, own...)
			failure = errors.Join(failure, err)
		})
	}
	clients.Wait()
	seconds := time.Since(started).Seconds()
	if failure != nil {
		return failure
	}
	if len(took) == 0 {
		return errors.New("no responses")
	}
	slices.Sort(took)
	at := func(share float64) float64 {
		return float64(took[int(share*float64(len(took)-1))].Microseconds()) / 1000
	}
	return json.NewEncoder(os.Stdout).Encode(result{len(took), seconds, at(0.5), at(0.99)})
}

// client sends requests until the duration has passed. With a rate, a request
// is due at a fixed time, and its latency counts from then, so that a slow
// response also delays the following ones.
func client(addr string, requests [][]byte, number, conns int, started time.Time, duration time.Duration, rate float64) ([]time.Duration, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	reader := bufio.NewReaderSize(conn, 64<<10)
	end := started.Add(duration)
	var took []time.Duration
	for i := number; ; i += conns {
		due := time.Now()
		if rate > 0 {
			due = started.Add(time.Duration(float64(i) / rate * float64(time.Second)))
			time.Sleep(time.Until(due))
		}
		if due.After(end) {
			return took, nil
		}
		if _, err := conn.Write(requests[i%len(requests)]); err != nil {
			return nil, err
		}
		if err := receive(reader); err != nil {
			return nil, err
		}
		took = append(took, time.Since(due))
	}
}

// receive reads a response with status 200 and discards its body.
func receive(reader *bufio.Reader) error {
	status, err := reader.ReadSlice('\n')
	if err != nil {
		return err
	}
	if len(status) < 12 || string(status[9:12]) != "200" {
		return fmt.Errorf("unexpected response %q", status)
	}
	length := -1
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		name, value, _ := strings.Cut(string(line), ":")
		if strings.EqualFold(name, "Content-Length") {
			length, err = strconv.Atoi(strings.TrimSpace(value))
			if err != nil {
				return err
			}
		}
	}
	if length >= 0 {
		_, err = reader.Discard(length)
		return err
	}
	return receiveChunks(reader)
}

func receiveChunks(reader *bufio.Reader) error {
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(line)), 16, 64)
		if err != nil {
			return err
		}
		if _, err := io.CopyN(io.Discard, reader, size+2); err != nil {
			return err
		}
		if size == 0 {
			return nil
		}
	}
}
