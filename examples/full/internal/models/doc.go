// Package models holds the domain: what the service stores and hands between
// its layers. It knows neither HTTP nor a database.
package models
