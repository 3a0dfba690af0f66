"""The shop's and the till's side of the API, typed: validate, redeem, reverse, and what a till prints."""
