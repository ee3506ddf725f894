// Package auth authenticates callers. It manages accounts, verifies passwords,
// and issues access and refresh tokens.
package auth
