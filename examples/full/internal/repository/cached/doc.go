// Package cached answers reads by id from a cache. What is not there, and
// everything else, goes to the repository behind it.
package cached
