package cache

import (
	"sync"
	"sync/atomic"
	"time"
)

// maxOutdated limits the number of keys. If there are more, the cache
// is not read at all until the values that it may contain have expired.
const maxOutdated = 10_000

// outdated remembers keys whose value in Redis may be older than a change,
// because Redis did not confirm the removal. They are not read from Redis until
// the removal succeeds, or the value has expired.
type outdated struct {
	// lasts is the longest time that an outdated value can remain in Redis.
	lasts time.Duration

	// size is the number of keys, or more than that while all keys are outdated.
	// It spares readers the mutex.
	size atomic.Int64

	mu       sync.Mutex
	keys     map[string]mark
	changes  uint64
	allUntil time.Time
}

// mark says when a key became outdated.
type mark struct {
	change uint64
	until  time.Time
}

// contains reports whether a key must not be read from Redis.
func (o *outdated) contains(key string) bool {
	if o.size.Load() == 0 {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	return now.Before(o.allUntil) || now.Before(o.keys[key].until)
}

// add marks a key.
func (o *outdated) add(key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	until := time.Now().Add(o.lasts)
	_, known := o.keys[key]
	if !known && len(o.keys) >= maxOutdated {
		o.allUntil = until
	} else {
		o.changes++
		o.keys[key] = mark{o.changes, until}
	}
	o.count()
}

// now returns the point in time to pass to remove.
func (o *outdated) now() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.changes
}

// remove removes a mark, because Redis removed the key after the given point in
// time. A later mark remains.
func (o *outdated) remove(key string, before uint64) {
	if o.size.Load() == 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.keys[key].change <= before {
		delete(o.keys, key)
	}
	o.count()
}

// list returns the marked keys. It drops marks that are no longer needed.
func (o *outdated) list() []string {
	if o.size.Load() == 0 {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	keys := make([]string, 0, len(o.keys))
	for key, m := range o.keys {
		if now.Before(m.until) {
			keys = append(keys, key)
		} else {
			delete(o.keys, key)
		}
	}
	o.count()
	return keys
}

func (o *outdated) count() {
	size := int64(len(o.keys))
	if time.Now().Before(o.allUntil) {
		size++
	}
	o.size.Store(size)
}
