package config

import "errors"

// Events is about the queue between the requests and the event handlers.
type Events struct {
	Capacity int `env:"EVENTS_CAPACITY" envDefault:"1024"`
	Workers  int `env:"EVENTS_WORKERS" envDefault:"4"`
}

func (e *Events) check(Env) error {
	return errors.Join(
		positive("EVENTS_CAPACITY", e.Capacity),
		positive("EVENTS_WORKERS", e.Workers),
	)
}
