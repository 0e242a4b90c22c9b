"""Who a matter is given to: owner, responsible person, co-owning sections."""
