// Package cached adds a cache to repositories. Reads by ID use the cache. All
// other operations go directly to the underlying repository.
package cached
