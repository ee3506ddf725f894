// Package auth knows who is calling: it keeps accounts, checks passwords, and
// hands out the tokens that the other requests are made with.
package auth
