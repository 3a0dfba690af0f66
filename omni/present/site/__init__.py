"""The public site of campaigns: where its pages stand, and what it tells machines beside them."""
