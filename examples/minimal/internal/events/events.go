// Package events delivers change events to handlers in the background, through
// a bounded queue and a pool of workers.
package events

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// publishTimeout is how long Publish waits for space in the queue.
const publishTimeout = 100 * time.Millisecond

// Event describes a change of a resource.
type Event struct {
	// Type is the name of the resource and the action, such as order.created.
	Type string

	// Resource and ID identify the changed item.
	Resource string
	ID       uuid.UUID

	At time.Time
}

// Audit returns a handler that writes each event to the log. The log entry
// includes the request ID from the context.
func Audit(log *slog.Logger) func(context.Context, Event) error {
	return func(ctx context.Context, event Event) error {
		log.LogAttrs(ctx, slog.LevelInfo, "audit",
			slog.String("event", event.Type),
			slog.String("resource", event.Resource),
			slog.String("resource_id", event.ID.String()),
			slog.Time("at", event.At),
		)
		return nil
	}
}

// Config configures a Queue.
type Config struct {
	// Capacity is the maximum number of waiting events.
	Capacity int

	// Workers is the number of events that are handled concurrently.
	Workers int
}

// Stats holds the state and the counters of a Queue.
type Stats struct {
	Depth    int
	Capacity int
	Workers  int

	Published uint64
	Dropped   uint64
	Failed    uint64
}

// Queue passes events to a pool of workers. It does not preserve their order,
// and queued events are lost if the process crashes.
type Queue struct {
	handle  func(context.Context, Event) error
	log     *slog.Logger
	workers int
	pending chan queued

	// mu is read-locked while a publisher may send, so that Stop closes the
	// channel after the last send.
	mu      sync.RWMutex
	stopped bool

	// running tracks the workers. cancel cancels the context of their handlers.
	running sync.WaitGroup
	ctx     context.Context
	cancel  context.CancelFunc

	published atomic.Uint64
	dropped   atomic.Uint64
	failed    atomic.Uint64
}

// queued is an event with the context it was published in, so that log entries
// contain the request ID and spans join its trace.
type queued struct {
	ctx   context.Context
	event Event
}

// NewQueue returns a queue whose workers call handle. Call Start to start them.
func NewQueue(cfg Config, handle func(context.Context, Event) error, log *slog.Logger) *Queue {
	ctx, cancel := context.WithCancel(context.Background())
	return &Queue{
		handle:  handle,
		log:     log,
		workers: cfg.Workers,
		pending: make(chan queued, cfg.Capacity),
		ctx:     ctx,
		cancel:  cancel,
	}
}

// Start starts the workers.
func (q *Queue) Start() {
	for range q.workers {
		q.running.Go(func() {
			for next := range q.pending {
				q.work(next)
			}
		})
	}
}

// Publish adds an event to the queue. If the queue is full, it waits for space,
// which slows down publishers, and drops the event after a timeout. It ignores
// the cancellation of ctx, because the change has already been made.
func (q *Queue) Publish(ctx context.Context, event Event) {
	q.mu.RLock()
	defer q.mu.RUnlock()

	if !q.send(queued{ctx: context.WithoutCancel(ctx), event: event}) {
		q.dropped.Add(1)
		q.log.ErrorContext(ctx, "event dropped", "event", event.Type, "resource_id", event.ID)
		return
	}
	q.published.Add(1)
}

func (q *Queue) send(next queued) bool {
	if q.stopped {
		return false
	}
	select {
	case q.pending <- next:
		return true
	default:
	}

	timer := time.NewTimer(publishTimeout)
	defer timer.Stop()
	select {
	case q.pending <- next:
		return true
	case <-timer.C:
		return false
	}
}

// Stop waits until the workers have handled all queued events. If ctx is done
// first, it cancels the handlers and returns an error. Events that are
// published after Stop are dropped.
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
		return fmt.Errorf("%d events not handled: %w", len(q.pending), ctx.Err())
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

// Stats returns the current state and counters of the queue.
func (q *Queue) Stats() Stats {
	return Stats{
		Depth:     len(q.pending),
		Capacity:  cap(q.pending),
		Workers:   q.workers,
		Published: q.published.Load(),
		Dropped:   q.dropped.Load(),
		Failed:    q.failed.Load(),
	}
}

// work handles one event. If the handler panics, the worker continues with the
// next event.
func (q *Queue) work(next queued) {
	err := q.ctx.Err()
	if err == nil {
		err = q.call(next)
	}
	if err == nil {
		return
	}
	q.failed.Add(1)
	q.log.ErrorContext(next.ctx, "event failed",
		"event", next.event.Type, "resource_id", next.event.ID, "error", err)
}

func (q *Queue) call(next queued) (err error) {
	ctx, cancel := context.WithCancel(next.ctx)
	defer cancel()
	defer context.AfterFunc(q.ctx, cancel)()

	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return q.handle(ctx, next.event)
}
