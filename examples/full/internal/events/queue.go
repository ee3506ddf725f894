package events

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// Config sizes a Queue. What is zero takes its default.
type Config struct {
	// Capacity is how many events may wait; 1024 by default.
	Capacity int

	// Workers is how many events are handled at a time; 4 by default.
	Workers int

	// PublishTimeout is how long Publish waits for room; 100 ms by default.
	PublishTimeout time.Duration
}

// Stats is the state of a Queue, and what it did so far.
type Stats struct {
	Depth    int
	Capacity int

	Published uint64
	Dropped   uint64
	Failed    uint64
}

// Queue hands events to a pool of workers. It keeps no order between events,
// and what it holds is lost if the process dies.
type Queue struct {
	handle  func(context.Context, Event) error
	log     *slog.Logger
	workers int
	timeout time.Duration
	pending chan Event

	// mu is held for reading while a publisher may send, so that Stop closes
	// the channel behind the last of them.
	mu      sync.RWMutex
	stopped bool

	// running counts the workers; cancel ends the context of their handlers.
	running sync.WaitGroup
	ctx     context.Context
	cancel  context.CancelFunc

	published atomic.Uint64
	dropped   atomic.Uint64
	failed    atomic.Uint64
}

// NewQueue returns a queue whose workers call handle, once it is started.
func NewQueue(cfg Config, handle func(context.Context, Event) error, log *slog.Logger) *Queue {
	ctx, cancel := context.WithCancel(context.Background())
	return &Queue{
		handle:  handle,
		log:     log,
		workers: cmp.Or(cfg.Workers, 4),
		timeout: cmp.Or(cfg.PublishTimeout, 100*time.Millisecond),
		pending: make(chan Event, cmp.Or(cfg.Capacity, 1024)),
		ctx:     ctx,
		cancel:  cancel,
	}
}

// Start starts the workers.
func (q *Queue) Start() {
	for range q.workers {
		q.running.Go(func() {
			for event := range q.pending {
				q.work(event)
			}
		})
	}
}

// Publish queues an event. When the queue is full it waits for room, which slows
// down those who make too many events; when none comes in time, the event is
// dropped. It does so even if ctx is done: the change has been made.
func (q *Queue) Publish(ctx context.Context, event Event) {
	q.mu.RLock()
	defer q.mu.RUnlock()

	if !q.send(event) {
		q.dropped.Add(1)
		q.log.ErrorContext(ctx, "event dropped", "event", event.Type, "resource_id", event.ID)
		return
	}
	q.published.Add(1)
}

func (q *Queue) send(event Event) bool {
	if q.stopped {
		return false
	}
	select {
	case q.pending <- event:
		return true
	default:
	}

	timer := time.NewTimer(q.timeout)
	defer timer.Stop()
	select {
	case q.pending <- event:
		return true
	case <-timer.C:
		return false
	}
}

// Stop lets the workers finish what is queued, and waits for them. If ctx is
// done before they are, their handlers are cancelled and Stop returns an error.
// Events published from now on are dropped.
func (q *Queue) Stop(ctx context.Context) error {
	defer q.cancel()
	q.close()

	drained := make(chan struct{})
	go func() {
		q.running.Wait()
		close(drained)
	}()
	select {
	case <-drained:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%d events were not handled: %w", len(q.pending), ctx.Err())
	}
}

func (q *Queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.stopped {
		q.stopped = true
		close(q.pending)
	}
}

// Stats returns the state of the queue.
func (q *Queue) Stats() Stats {
	return Stats{
		Depth:     len(q.pending),
		Capacity:  cap(q.pending),
		Published: q.published.Load(),
		Dropped:   q.dropped.Load(),
		Failed:    q.failed.Load(),
	}
}

// work handles one event. A handler that panics costs that event, not the
// worker.
func (q *Queue) work(event Event) {
	err := q.ctx.Err()
	if err == nil {
		err = q.call(event)
	}
	if err == nil {
		return
	}
	q.failed.Add(1)
	q.log.Error("event failed", "event", event.Type, "resource_id", event.ID, "error", err)
}

func (q *Queue) call(event Event) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return q.handle(q.ctx, event)
}
