package events

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// publishTimeout is how long Publish waits for room.
const publishTimeout = 100 * time.Millisecond

// Config sizes a Queue.
type Config struct {
	// Capacity is how many events may wait.
	Capacity int

	// Workers is how many events are handled at a time.
	Workers int
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
	pending chan queued

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

// queued is an event, and the values of the context that it was published in:
// the log names the request, and spans join its trace.
type queued struct {
	ctx   context.Context
	event Event
}

// NewQueue returns a queue whose workers call handle, once it is started.
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

// Publish queues an event. When the queue is full it waits for room, which slows
// down those who make too many events; when none comes in time, the event is
// dropped. It does so even if ctx is done: the change has been made.
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
